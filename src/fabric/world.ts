import type { Netns } from '../linux/netns.ts';
import type { Fabric } from './fabric.ts';

/** All the state there is. `netns` builds a namespace when it is first asked for and gives the same one afterwards. */
export type World = {
  readonly fabric: Fabric;
  readonly netns: (id: string) => Netns | undefined;
};
