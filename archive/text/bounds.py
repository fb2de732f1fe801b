"""How much of a file is read, whatever it claims to hold: far beyond any report, near enough to stay in memory.

The longest reports known have about 60,000 characters, 2,000 blocks and 2,000 cells. What lies beyond a bound is cut off,
and the document says so in its remarks.
"""

CHARACTERS = 2_000_000
BLOCKS = 50_000
CELLS = 100_000
COLUMNS = 500
CELL_CHARACTERS = 20_000

TOO_LONG = f"the text is longer than {CHARACTERS:,} characters; the rest was cut off"
TOO_MANY_BLOCKS = f"the document has more than {BLOCKS:,} blocks; the rest was cut off"
TOO_MANY_CELLS = f"the document has more than {CELLS:,} table cells; the rest was cut off"
