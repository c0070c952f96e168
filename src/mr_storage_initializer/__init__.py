"""The program that KServe runs in an init container: ``mr-storage-initializer SRC DEST [SRC DEST …]``."""
