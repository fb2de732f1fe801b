"""What is said of a file that no document can be taken from. Each is a sentence fit to be shown to an operator."""


class NotReadable(Exception):
    """A file in which there is no report to read: empty, damaged, encrypted, or of a kind that holds no text."""


class NoPage(NotReadable):
    """A picture that is no page and no table, by what it measures: an icon, a seal, a code to be scanned."""


class NotYetReadable(NotReadable):
    """A file that may hold a report, of a kind that this version or this machine does not read. Its capture is kept."""


class GivenUp(NotReadable):
    """Reading a file went beyond a limit (time, memory, size), or ended the process that read it: nothing is known
    of what the file holds, so this is a trouble of the run and never a report that is absent."""
