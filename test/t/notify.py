"""A supervisor's ear: notify.py ADDRESS LOG binds a datagram socket (/path or @name) and writes each message into LOG as
one line, its lines joined by spaces. Where one says READY=1 it asks the address in STATUS for its health at once and adds
what came: ` [200]`."""
import socket
import sys
import urllib.request

address, log = sys.argv[1:]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind('\0' + address[1:] if address.startswith('@') else address)
with open(log, 'a', buffering=1) as out:
    out.write('bound\n')
    while True:
        words = ear.recv(4096).decode()
        if 'READY=1' in words:
            with urllib.request.urlopen(words.split()[-1] + '/healthz', timeout=20) as answer:
                words += f' [{answer.status}]'
        out.write(' '.join(words.split('\n')) + '\n')
