import type { HopDoc, StepDoc, TraceItemDoc } from '../../explain/document.ts';

/** One line of the table: a device or daemon of a host, with its steps. */
export type Row = {
  readonly host: string;
  readonly kind: HopDoc['kind'];
  readonly at: string;
  readonly steps: readonly StepDoc[];
};

const rowsOfHop = ({ host, kind, steps }: HopDoc): Row[] => {
  const rows: { host: string; kind: HopDoc['kind']; at: string; steps: StepDoc[] }[] = [];
  for (const step of steps) {
    const last = rows.at(-1);
    if (last?.at === step.at) last.steps.push(step);
    else rows.push({ host, kind, at: step.at, steps: [step] });
  }
  return rows;
};

export const rowsOf = (item: TraceItemDoc): Row[] => item.hops.flatMap(rowsOfHop);

/** What stands at the right of a row: the TTL where the packet is not inside another, the MTU where it is a new one. */
export const rightOf = (row: Row, previous: Row | undefined): string => {
  const last = row.steps.at(-1);
  const mtu = mtuOf(row);
  const before = previous && mtuOf(previous);
  return [
    last && !last.packet.inner ? `ttl ${last.ttl}` : '',
    mtu !== undefined && mtu !== before ? `mtu ${mtu}` : '',
  ]
    .filter((text) => text !== '')
    .join('  ');
};

const mtuOf = (row: Row): number | undefined =>
  row.steps.find((step) => step.dev === row.at && step.mtu !== undefined)?.mtu;
