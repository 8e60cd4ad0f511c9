import type { Plugin } from './plugin.ts';

/** The plugins there are, each loaded when it is first used. A folder here is a plugin; files are what plugins share. */
export const plugins = {
  'azure-cni': () => import('./azure-cni/index.ts'),
  calico: () => import('./calico/index.ts'),
  flannel: () => import('./flannel/index.ts'),
  kubenet: () => import('./kubenet/index.ts'),
  weave: () => import('./weave/index.ts'),
} satisfies Record<string, () => Promise<{ default: Plugin }>>;
