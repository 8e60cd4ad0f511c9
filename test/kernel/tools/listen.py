"""Answers on UDP and TCP ports of one namespace: an echo from the address that was asked.

listen.py udp:PORT tcp:PORT...
"""
import selectors
import socket
import sys

IP_PKTINFO = 8


def open_socket(family, proto, port):
    sock = socket.socket(family, socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if proto == "udp" and family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    elif proto == "udp":
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.bind(("", port))
    if proto == "tcp":
        sock.listen(64)
    return sock


def answer_udp(sock):
    data, ancillary, _, peer = sock.recvmsg(65536, 512)
    reply = []
    for level, kind, value in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            # Interface 0 lets the route decide; the source is the address that was asked.
            reply.append((level, kind, b"\0\0\0\0" + value[8:12] + b"\0\0\0\0"))
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            reply.append((level, kind, value[:16] + b"\0\0\0\0"))
    try:
        sock.sendmsg([data], reply, 0, peer)
    except OSError as error:
        print(error, flush=True)


def answer_tcp(sock):
    connection, _ = sock.accept()
    connection.close()


def main():
    selector = selectors.DefaultSelector()
    for word in sys.argv[1:]:
        proto, port = word.split(":")
        for family in (socket.AF_INET, socket.AF_INET6):
            sock = open_socket(family, proto, int(port))
            selector.register(sock, selectors.EVENT_READ, answer_udp if proto == "udp" else answer_tcp)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj)


main()
