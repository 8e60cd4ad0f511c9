import type { HopDoc, StepDoc, TraceItemDoc } from '../../explain/document.ts';

/** One line of the table: a device or daemon of a host, with its steps. */
export type Row = {
  readonly host: string;
  readonly at: string;
  readonly steps: readonly StepDoc[];
};

const rowsOfHop = ({ host, steps }: HopDoc): Row[] => {
  const rows: { host: string; at: string; steps: StepDoc[] }[] = [];
  for (const step of steps) {
    const last = rows.at(-1);
    if (last?.at === step.at) last.steps.push(step);
    else rows.push({ host, at: step.at, steps: [step] });
  }
  return rows;
};

export const rowsOf = (item: TraceItemDoc): Row[] => item.hops.flatMap(rowsOfHop);

/** What stands at the right of a row: the TTL unless the packet is inside another, and the MTU where it is not the one before. */
export const rightOf = (row: Row, before: number | undefined): { readonly text: string; readonly mtu?: number } => {
  const last = row.steps.at(-1);
  const mtu = row.steps.find((step) => step.dev === row.at && step.mtu !== undefined)?.mtu;
  const ttl = last && !last.packet.inner && row.at !== '' ? `ttl ${String(last.ttl).padStart(2)}` : '';
  const size = mtu !== undefined && mtu !== before ? `mtu ${mtu}` : '';
  // The TTL stands at the edge, and the MTU before it also where there is none.
  const text = size === '' ? ttl : `${size}  ${ttl.padEnd(6)}`;
  return { text, ...(mtu !== undefined && { mtu }) };
};
