import { OUTSIDE } from '../dataplane/index.ts';
import type { World } from '../fabric/world.ts';
import type { HopDoc } from './document.ts';

/** A place as people call it. */
export type Host = { readonly host: string; readonly kind: HopDoc['kind'] };

/** Turns the ids of namespaces and segments into names. */
export type Names = { readonly hostOf: (id: string) => Host };

/** A pod's name as the asker would write it: without the namespace that was asked for. */
const podName = (id: string, namespace: string): string =>
  id.startsWith(`${namespace}/`) ? id.slice(namespace.length + 1) : id;

/**
 * @param namespace whose pods go by their bare names
 * @param stranger the address of a sender that the input does not describe; in a cloud it need not be one of the internet
 */
export const createNames = (world: World, namespace: string, stranger?: string): Names => {
  const hostOf = (id: string): Host => {
    const segment = world.fabric.segment(id);
    if (id === OUTSIDE && !world.fabric.gateway && stranger !== undefined) return { host: stranger, kind: 'external' };
    if (id === OUTSIDE || segment?.kind === 'internet') return { host: 'internet', kind: 'external' };
    if (segment) return { host: 'fabric', kind: 'fabric' };
    const netns = world.netns(id);
    switch (netns?.kind) {
      case 'pod':
        return { host: podName(id, namespace), kind: 'pod' };
      case 'router':
        return { host: id, kind: 'fabric' };
      case 'external':
        // A machine of the fabric, by the name that the input gives it.
        return { host: id.replace(/^fabric\//, ''), kind: 'external' };
      default:
        return { host: id, kind: 'node' };
    }
  };
  return { hostOf };
};
