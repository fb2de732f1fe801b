"""`python -m crawler.replica SITE [PORT]`: serve a replica, to be looked at with a browser that uses it as its proxy."""

import sys
import threading

from crawler.replica.server import Replica
from crawler.replica.world import UnknownReplica


def main(arguments: list[str]) -> int:
    """Serve until interrupted; returns the exit code."""
    if not 1 <= len(arguments) <= 2 or not all(port.isdecimal() for port in arguments[1:]):
        sys.stderr.write("Say which site: python -m crawler.replica SITE [PORT]\n")
        return 2
    try:
        replica = Replica(arguments[0], port=int(arguments[1]) if len(arguments) == 2 else 0)
    except UnknownReplica as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with replica:
        sys.stdout.write(
            f"Proxy: {replica.proxy_url}\n" + "".join(f"  {host}\n" for host in sorted(replica.hosts))
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
