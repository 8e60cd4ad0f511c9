import type { Match, Target } from '../../linux/netfilter.ts';
import { mark } from '../../linux/rules.ts';
import type { CalicoConfig } from './config.ts';

/** Bits of the packet mark, given from the lowest of iptablesMarkMask 0xffff0000 upward (felix/dataplane/driver.go). */
export type Marks = {
  readonly accept: number;
  readonly pass: number;
  /** Also: came from a pod (raw table). */
  readonly scratch: number;
  readonly all: number;
};

export const marksOf = ({ since }: CalicoConfig): Marks => {
  const base = { accept: 0x10000, pass: 0x20000 };
  // The bit for drops came in between.
  return since(3, 30) ? { ...base, scratch: 0x80000, all: 0x1b0000 } : { ...base, scratch: 0x40000, all: 0xf0000 };
};

export const has = (bit: number): Match => mark(bit);
export const set = (bit: number): Target => ({ target: 'MARK', value: bit, mask: bit });
export const clear = (bits: number): Target => ({ target: 'MARK', value: 0, mask: bits });
