"""What can be done from a shell? A module for each group of commands; each command is a call of the library.

A command imports the library within its function, so that ``--help`` and the shell's completion are fast.
"""
