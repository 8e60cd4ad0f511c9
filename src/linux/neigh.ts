import type { Ip } from '../net/ip.ts';
import type { Mac } from '../net/mac.ts';
import type { Origin } from './origin.ts';

/** A neighbour entry (`ip neigh`). `proxy` entries answer for an address that is not ours. */
export type Neigh = {
  readonly dst: Ip;
  readonly dev: string;
  readonly lladdr?: Mac;
  readonly state: 'permanent' | 'reachable' | 'failed';
  readonly proxy?: boolean;
  readonly origin?: Origin;
};

/** A forwarding entry (`bridge fdb`): of a bridge port (`master`), or of a vxlan device (`dst`, `self`). */
export type FdbEntry = {
  readonly mac: Mac;
  readonly ifname: string;
  readonly master?: string;
  readonly dst?: Ip;
  readonly state: 'permanent' | 'static' | 'learned';
  readonly origin?: Origin;
};
