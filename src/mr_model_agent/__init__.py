"""The program beside a server of many models: brings what ``models.json`` names, and has the server load it."""
