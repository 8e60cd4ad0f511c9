import type { NftMapElement, Table } from '../netfilter.ts';
import { nftStatement } from './nft-statement.ts';

/** One element of a named map, as `nft get element` takes and prints it. */
export const printNftElement = (table: Table, map: string, { key, action }: NftMapElement): string =>
  `element ${table.family} ${table.name} ${map} { ${key} : ${nftStatement(action, table.family)} }`;
