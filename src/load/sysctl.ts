/**
 * Reads what `sysctl -a` or a support bundle lists for one node: `net.ipv4.ip_forward = 1`, or `/proc/sys/net/ipv4/ip_forward = 1`.
 * Keys come out as sysctl(8) spells them, dots in device names as slashes; values that are no numbers are left out.
 */
export const readSysctls = (text: string): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {};
  for (const [, key = '', value] of text.matchAll(/^(\S+)[ \t]*=[ \t]*(-?\d+)[ \t]*\r?$/gm)) {
    const path = key.startsWith('/proc/sys/') ? key.slice('/proc/sys/'.length) : undefined;
    found[path === undefined ? key : path.replaceAll(/[./]/g, (c) => (c === '/' ? '.' : '/'))] = Number(value);
  }
  return found;
};
