"""Say which derivations show a formula that the code no longer produces; --write mends them."""

from __future__ import annotations

import sys

from theory.derivations import refreshed, texts


def main(arguments: list[str]) -> int:
    """Return 0 when every text is up to date (or has just been written)."""
    write = arguments == ["--write"]
    if arguments and not write:
        print("usage: python -m theory.derivations [--write]", file=sys.stderr)
        return 2
    stale = 0
    for path in texts():
        old = path.read_text(encoding="utf-8")
        new = refreshed(old)
        if new == old:
            continue
        print(f"{path.name}: {'written' if write else 'out of date'}")
        if write:
            path.write_text(new, encoding="utf-8")
        else:
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
