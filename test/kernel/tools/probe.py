"""Sends one UDP datagram or opens one TCP connection, and prints what the socket learns, in ping's words.

probe.py udp|tcp SRC|- SPORT DST DPORT TTL SIZE df|no-df WAIT
"""
import os
import select
import socket
import struct
import sys

IP_RECVERR, IPV6_RECVERR, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER = 11, 25, 10, 23
ICMP4 = {(3, 0): "Destination Net Unreachable", (3, 1): "Destination Host Unreachable", (3, 2): "Destination Protocol Unreachable",
         (3, 3): "Destination Port Unreachable", (3, 4): "Frag needed and DF set", (3, 9): "Destination Net Prohibited",
         (3, 10): "Destination Host Prohibited", (3, 13): "Packet filtered", (11, 0): "Time to live exceeded"}
ICMP6 = {(1, 0): "Destination unreachable: No route", (1, 1): "Destination unreachable: Administratively prohibited",
         (1, 3): "Destination unreachable: Address unreachable", (1, 4): "Destination unreachable: Port unreachable",
         (2, 0): "Packet too big", (3, 0): "Time exceeded: Hop limit"}


def read_error(sock, v6):
    """The first ICMP error in the socket's queue as ping prints it, or None."""
    try:
        _, ancillary, _, _ = sock.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for _, kind, data in ancillary:
        if kind not in (IP_RECVERR, IPV6_RECVERR):
            continue
        errno, origin, icmp_type, code, _, info, _ = struct.unpack_from("=IBBBBII", data)
        if origin == 1:
            return "local error: %s, mtu=%d" % (os.strerror(errno), info)
        address = socket.inet_ntop(socket.AF_INET6, data[24:40]) if v6 else socket.inet_ntoa(data[20:24])
        text = (ICMP6 if v6 else ICMP4).get((icmp_type, code), "type %d code %d" % (icmp_type, code))
        return "From %s %s%s" % (address, text, (": mtu=%d" if v6 else " (mtu = %d)") % info if info else "")
    return None


def main():
    proto, src, sport, dst, dport, ttl, size, df, wait = sys.argv[1:]
    v6 = ":" in dst
    family = socket.AF_INET6 if v6 else socket.AF_INET
    level = socket.IPPROTO_IPV6 if v6 else socket.IPPROTO_IP
    sock = socket.socket(family, socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(level, IPV6_RECVERR if v6 else IP_RECVERR, 1)
    sock.setsockopt(level, socket.IPV6_UNICAST_HOPS if v6 else socket.IP_TTL, int(ttl))
    if proto == "udp":
        sock.setsockopt(level, IPV6_MTU_DISCOVER if v6 else IP_MTU_DISCOVER, 2 if df == "df" else 0)
        sock.setsockopt(level, socket.IPV6_RECVHOPLIMIT if v6 else 12, 1)  # IP_RECVTTL
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("" if src == "-" else src, int(sport)))
    sock.setblocking(False)
    try:
        code = sock.connect_ex((dst, int(dport)))
        if code not in (0, 115):
            print("connect: " + os.strerror(code))
            return
        if proto == "udp":
            sock.send(b"k8snet".ljust(int(size), b".")[: int(size)])
    except OSError as error:
        print(read_error(sock, v6) or "sendmsg: " + error.strerror)
        return
    poll = select.poll()
    poll.register(sock, select.POLLIN if proto == "udp" else select.POLLOUT)
    events = poll.poll(float(wait) * 1000)
    if not events:
        print("timeout")
        return
    if events[0][1] & (select.POLLERR | select.POLLHUP):
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        refused = "From %s Connection refused" % dst if code == 111 else "connect: " + os.strerror(code)
        print(read_error(sock, v6) or refused)
        return
    if proto == "tcp":
        print("bytes from %s: tcp ttl=0" % dst)
        return
    data, ancillary, _, peer = sock.recvmsg(65536, 512)
    hops = [struct.unpack("=i", value)[0] for _, kind, value in ancillary if kind in (2, socket.IPV6_HOPLIMIT)]
    print("%d bytes from %s: udp ttl=%d" % (len(data), peer[0], hops[0] if hops else 0))


main()
