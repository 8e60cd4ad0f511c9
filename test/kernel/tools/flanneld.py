"""A stand-in for flanneld's udp backend: moves packets between a TUN device and a UDP socket.

flanneld.py TUN LOCAL:PORT BUFFER df|no-df SUBNET=NEXTHOP:PORT...

It keeps to flannel's proxy_amd64.c: the first entry that holds the destination wins and moves to the front, each way
takes one off the TTL and drops at zero in silence, and a destination without a lease gets an ICMP net unreachable
written to the TUN device.
"""
import fcntl
import ipaddress
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def decrement_ttl(packet):
    """The packet with one off its TTL, or None where that leaves zero."""
    if packet[8] <= 1:
        return None
    packet = bytearray(packet)
    packet[8] -= 1
    # RFC 1624 as the C code does it: the TTL is the high byte of its word.
    total = struct.unpack_from("!H", packet, 10)[0] + 0x0100
    struct.pack_into("!H", packet, 10, (total & 0xFFFF) + (total >> 16))
    return bytes(packet)


def net_unreachable(packet, source):
    """What flannel writes for a packet without a next hop; None where it writes nothing."""
    length = (packet[0] & 15) * 4
    if packet[9] == 1 or length >= 60 or struct.unpack_from("!H", packet, 6)[0] & 0x1FFF:
        return None
    quoted = packet[: length + 8]
    icmp = struct.pack("!BBHI", 3, 0, 0, 0) + quoted
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 8, 1, 0, source, packet[12:16])
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return header + icmp


def main():
    tun_name, local, buffer, df = sys.argv[1:5]
    table = []
    for entry in sys.argv[5:]:
        subnet, hop = entry.split("=")
        net = ipaddress.ip_network(subnet)
        host, port = hop.rsplit(":", 1)
        table.append((int(net.network_address), int(net.netmask), (host, int(port))))
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", tun_name.encode(), IFF_TUN | IFF_NO_PI))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source = fcntl.ioctl(sock, 0x8915, struct.pack("256s", tun_name.encode()))[20:24]  # SIOCGIFADDR
    if df == "no-df":
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    host, port = local.rsplit(":", 1)
    sock.bind((host, int(port)))
    sock.setblocking(False)
    size = int(buffer)

    def next_hop(packet):
        dst = struct.unpack_from("!I", packet, 16)[0]
        for i, (net, mask, hop) in enumerate(table):
            if dst & mask == net:
                table[0], table[i] = table[i], table[0]
                return hop
        return None

    def tun_to_udp():
        packet = os.read(tun, size)
        if len(packet) < 20:
            return
        hop = next_hop(packet)
        if hop is None:
            answer = net_unreachable(packet, source)
            if answer:
                os.write(tun, answer)
            return
        packet = decrement_ttl(packet)
        if packet:
            sock.sendto(packet, hop)

    def udp_to_tun():
        packet = sock.recv(size)
        if len(packet) < 20:
            return
        packet = decrement_ttl(packet)
        if packet:
            os.write(tun, packet)

    poll = select.poll()
    poll.register(tun, select.POLLIN)
    poll.register(sock, select.POLLIN)
    print("ready", flush=True)
    while True:
        for fd, _ in poll.poll():
            try:
                if fd == tun:
                    tun_to_udp()
                else:
                    udp_to_tun()
            except OSError as error:
                print(error, flush=True)


main()
