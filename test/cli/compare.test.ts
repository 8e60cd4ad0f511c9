import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CompareDoc } from '../../src/compare.ts';
import { plugins } from '../../src/plugins/index.ts';
import { k8snet, stdin } from './run.ts';

const udp = 'fixtures/flannel/udp-docker0/cluster.yaml';
const names = Object.keys(plugins);

const compared = async (line: string): Promise<CompareDoc> => JSON.parse((await k8snet(`${line} --plugin all -o json`)).out);

// Each row is the answer that the plugin gives by itself.
describe.for([`trace pod-a pod-b -f ${udp}`, `trace pod-a db -f ${udp}`, `trace pod-a internet -f ${udp}`, `trace pod-a pod-b -f ${udp} --size 1480`])(
  '%s --plugin all',
  (line) => {
    test.for(names)('%s', async (name) => {
      const row = (await compared(line)).rows.find(({ plugin }) => plugin === name);
      const alone = JSON.parse((await k8snet(`${line} --plugin ${name} -o json`)).out);
      expect(row).toMatchObject({
        mode: alone.cluster.mode,
        result: alone.result,
        path: alone.summary.path,
        nat: alone.summary.nat,
      });
      expect(row?.sourceSeen).toBe(alone.summary.sourceSeen);
      expect(row?.ttl).toBe(alone.summary.ttlAtDestination);
      expect(row?.pathMtu).toBe(alone.summary.pathMtu);
      expect(row?.reason?.code).toBe(alone.summary.reason?.code);
      expect(row?.overhead).toBe(Math.max(0, ...alone.summary.encapsulation.map(({ overhead }: { overhead: number }) => overhead)));
    });
  },
);

test('the built-in example, a row for each plugin', async () => {
  const { code, out } = await k8snet('trace pod-a pod-b --plugin all');
  expect(code).toBe(0);
  const rows = out.split('\n').map((line) => line.trim().split(/\s+/)[0]);
  for (const name of names) expect(rows).toContain(name);
  // What the article shows: the tun device and the bytes of its datagrams.
  expect(out).toMatch(/flannel +reachable +10\.1\.15\.2 +\+28 +60 +1472/);
  expect(out).toMatch(/kubenet +reachable +10\.1\.15\.2 +61 +1500/);
});

test('where the plugins differ the answer is partial, and the reason stands in the row', async () => {
  // 1480 bytes pass through kubenet, and are too long for flannel0.
  const doc = await compared(`trace pod-a pod-b -f ${udp} --size 1480`);
  expect(doc.result).toBe('partial');
  expect((await k8snet(`trace pod-a pod-b -f ${udp} --size 1480 --plugin all`)).code).toBe(1);
  expect(Object.fromEntries(doc.rows.map(({ plugin, result }) => [plugin, result]))).toMatchObject({
    flannel: 'unreachable',
    kubenet: 'reachable',
  });
});

test('a question that nobody can be asked is a mistake, said once', async () => {
  const { code, out, err } = await k8snet(`trace pod-a pod-bb -f ${udp} --plugin all`);
  expect([code, out]).toEqual([2, '']);
  expect(err.match(/no pod pod-bb|pod-bb is no pod/g)).toHaveLength(1);
});

test('standard input is read once, for all of them', async () => {
  const text = readFileSync(new URL(`../../${udp}`, import.meta.url), 'utf8');
  const { code, out } = await k8snet('trace pod-a pod-b -f - --plugin all -o json', { stdin: stdin(text) });
  expect(code).toBe(0);
  expect(JSON.parse(out).rows.map(({ result }: { result: string }) => result)).not.toContain('refused');
});

test('other commands want one plugin', async () => {
  const { code, err } = await k8snet(`node node-1 -f ${udp} --plugin all`);
  expect(code).toBe(2);
  expect(err).toMatch(/all/);
});
