import * as z from 'zod/mini';
import { inet, maybe, origin, text, whole } from './schema-words.ts';

/** The fields of `k8snet/node/v1` that netfilter's state is in. */
export const netfilterSchema = {
  netfilter: z.array(
    z.strictObject({
      tool: z.enum(['iptables', 'nft', 'ebtables']),
      family: text,
      table: text,
      chain: text,
      hook: maybe(text),
      priority: maybe(whole),
      policy: maybe(text),
      comment: maybe(text),
      rules: z.array(z.strictObject({ line: text, origin })),
    }),
  ),
  nftsets: z.array(
    z.strictObject({
      family: text,
      table: text,
      name: text,
      type: z.array(text),
      flags: maybe(z.array(text)),
      timeout: maybe(whole),
      comment: maybe(text),
      elem: z.array(text),
    }),
  ),
  nftmaps: z.array(
    z.strictObject({
      family: text,
      table: text,
      name: text,
      type: z.array(text),
      map: z.literal('verdict'),
      comment: maybe(text),
      elem: z.array(z.strictObject({ key: text, verdict: text, comment: maybe(text), origin })),
    }),
  ),
  ipsets: z.array(z.strictObject({ name: text, type: text, family: inet, entries: z.array(text) })),
};
