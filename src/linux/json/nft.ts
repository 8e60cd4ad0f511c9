import type { NftMapDoc, NftSetDoc } from '../document-netfilter.ts';
import type { Table } from '../netfilter.ts';
import { nftTypes } from '../print/nft-set.ts';
import { nftStatement } from '../print/nft-statement.ts';

/** A table's named sets, in the words of `nft -j list sets`. */
export const nftSetDocs = ({ family, name: table, sets = [] }: Table): NftSetDoc[] =>
  sets.map(({ name, fields, elements, flags, timeout, comment }) => ({
    family,
    table,
    name,
    type: [...nftTypes(fields, family)],
    ...(flags && { flags: [...flags] }),
    ...(timeout !== undefined && { timeout }),
    ...(comment !== undefined && { comment }),
    elem: [...elements],
  }));

/** A table's verdict maps, in the words of `nft -j list maps`, each element with who made it. */
export const nftMapDocs = ({ family, name: table, maps = [] }: Table): NftMapDoc[] =>
  maps.map(({ name, fields, elements, comment: about }) => ({
    family,
    table,
    name,
    type: [...nftTypes(fields, family)],
    map: 'verdict',
    ...(about !== undefined && { comment: about }),
    elem: elements.map(({ key, action, comment, origin }) => ({
      key,
      verdict: nftStatement(action, family),
      ...(comment !== undefined && { comment }),
      ...(origin && { origin }),
    })),
  }));
