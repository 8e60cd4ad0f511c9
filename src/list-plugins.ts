import type { Plugin } from './plugins/plugin.ts';

/** What `k8snet plugins` answers. */
export type PluginsDoc = {
  schema: 'k8snet/plugins/v1';
  plugins: {
    name: string;
    title: string;
    aliases: string[];
    modelled: { what: string; known: 'kernel' | 'source' | 'assumed' }[];
  }[];
};

/** The plugins, and what is modelled of each. */
export const listPlugins = (plugins: readonly Plugin[]): PluginsDoc => ({
  schema: 'k8snet/plugins/v1',
  plugins: plugins.map(({ name, title, aliases, modelled }) => ({
    name,
    title,
    aliases: [...aliases],
    modelled: modelled.map((item) => ({ ...item })),
  })),
});
