import { node, type Row, ratios } from './ratio.ts';

/** What every run in CI pays before it does anything: against an empty Node. */
export default async function startup(): Promise<Row[]> {
  const k8snet = (...args: string[]) => node('bin/k8snet.js', ...args);
  const rows = await ratios(
    node('-e', '0'),
    {
      'k8snet --version': k8snet('--version'),
      'k8snet trace pod-a pod-b': k8snet('trace', 'pod-a', 'pod-b'),
    },
    31,
  );
  const budgets = [1.6, 2.4];
  return rows.map((row, at) => ({ ...row, budget: budgets[at]! }));
}
