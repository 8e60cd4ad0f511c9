import type { CheckDoc } from '../check.ts';
import type { CompareDoc } from '../compare.ts';
import type { CodeDoc, CodesDoc } from '../explain/code.ts';
import type { TraceDoc } from '../explain/document.ts';
import type { NodeDoc } from '../linux/document.ts';
import type { PluginsDoc } from '../list-plugins.ts';

/** Everything that a command can answer with. */
export type Doc = TraceDoc | CompareDoc | NodeDoc | CheckDoc | CodeDoc | CodesDoc | PluginsDoc;

export type RenderOptions = {
  /** One line per hop, the default, or all there is. */
  readonly level: 'brief' | 'default' | 'verbose';
  /** 0 for no colour. */
  readonly colour: 0 | 1 | 2 | 3;
};

/** A format: a document in, text that ends with a newline out. */
export type Renderer = (doc: Doc, options: RenderOptions) => string | Promise<string>;
