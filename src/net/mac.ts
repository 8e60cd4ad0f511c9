import type { Ip } from './ip.ts';

/** An Ethernet address in the kernel's spelling: lower case, colons, e.g. `02:42:0a:01:0f:02`. */
export type Mac = string;

export const BROADCAST_MAC: Mac = 'ff:ff:ff:ff:ff:ff';

/** Reads `02:42:…` or `02-42-…` in any case; undefined for anything else. */
export const parseMac = (text: string): Mac | undefined => {
  const mac = text.toLowerCase().replaceAll('-', ':');
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) ? mac : undefined;
};

/** Whether the group bit is set: broadcast and multicast frames are for everyone. */
export const isGroupMac = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

/** A MAC made of a two-byte prefix and the low 32 bits of an address, as Docker (02:42) and old CNI (0a:58) do. */
export const macFromIp = (prefix: string, ip: Ip): Mac => {
  const low = typeof ip === 'number' ? ip : Number(ip & 0xffffffffn);
  const hex = low.toString(16).padStart(8, '0');
  return `${prefix}:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6)}`;
};
