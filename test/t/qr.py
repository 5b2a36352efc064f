"""Turns what --qr drew (stdin, half blocks: light where drawn) into a picture, for a program that reads such pictures."""
import sys

ABOVE, BELOW, DOTS = "█▀", "█▄", 4
lines = sys.stdin.read().splitlines()
width = max(map(len, lines))
rows = [[255 if c in half else 0 for c in line.ljust(width) for _ in range(DOTS)]
        for line in lines for half in (ABOVE, BELOW) for _ in range(DOTS)]
sys.stdout.buffer.write(b"P5 %d %d 255\n" % (width * DOTS, len(rows)) + b"".join(map(bytes, rows)))
