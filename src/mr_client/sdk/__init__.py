"""What can a person in a notebook ask of a registry?

``finding`` reads, ``registering`` and ``hub_models`` make versions, ``changing`` changes what is
there, ``aliasing`` gives versions second names. ``mr_client.Registry`` is all of them on one pool of
connections.
"""
