"""What can go wrong with a file or a disk, as opposed to a mistake in the code."""


class Explained(Exception):
    """The message says for people what is at fault and why; a traceback would tell nothing more."""
