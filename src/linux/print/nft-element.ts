import type { NftMapElement, Table } from '../netfilter.ts';
import { nftStatement } from './nft-statement.ts';
import { nftComment, words } from './words.ts';

/** `10.96.0.1 . tcp . 80 comment "ns/web" : drop`. */
export const mapElement = ({ key, action, comment }: NftMapElement, family: Table['family']): string =>
  words(key, comment !== undefined && nftComment(comment), ':', nftStatement(action, family));

/** One element of a named map, as `nft get element` takes and prints it. */
export const printNftElement = (table: Table, map: string, element: NftMapElement): string =>
  `element ${table.family} ${table.name} ${map} { ${mapElement(element, table.family)} }`;
