import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainCode } from '../../src/explain/code.ts';
import { reasonCodes } from '../../src/explain/reasons.ts';
import text from '../../src/render/text/index.ts';
import { trace } from '../../src/trace.ts';
import { k8snet, stdin } from '../cli/run.ts';
import { fixtures, questionsOf } from '../support/fixtures.ts';

const WIDTH = 100;

const wide = (out: string): string[] => out.split('\n').filter((line) => line.length > WIDTH);
const ragged = (out: string): string[] => out.split('\n').filter((line) => line !== line.trimEnd());

describe.for(fixtures)('$name', (fixture) => {
  test('no line of a trace is longer than 100 columns, at any level', async () => {
    for (const { from, to, ...packet } of questionsOf(fixture)) {
      const traced = await trace({ from, to, namespace: 'default', dontFragment: true, reply: true, ...packet }, { files: [fixture.file] });
      if (!traced.ok) throw Error(traced.problems.map(({ message }) => message).join('\n'));
      for (const level of ['brief', 'default', 'verbose'] as const) {
        const out = await text(traced.doc, { level, colour: 0 });
        expect([...wide(out), ...ragged(out)], `${from} to ${to}, ${level}`).toEqual([]);
      }
    }
  });
});

test('nor with long names and addresses', async () => {
  const long = readFileSync(new URL('../../fixtures/flannel/dual-stack/cluster.yaml', import.meta.url), 'utf8')
    .replaceAll('node-1', 'aks-nodepool1-38514791-vmss00000a.internal.cloudapp.net')
    .replaceAll('node-2', 'ip-10-0-26-239.eu-central-1.compute.internal')
    .replaceAll('name: a,', 'name: kubernetes-dashboard-metrics-scraper-7bc864c59-x2k8p, namespace: kube-system-monitoring,')
    .replaceAll('fd00:244:0:1::2', 'fd00:244:0:1:1234:5678:9abc:def0');
  for (const flags of ['-6', '-4', '-6 --brief', '-6 -v']) {
    const { code, out, err } = await k8snet(`trace kube-system-monitoring/kubernetes-dashboard-metrics-scraper-7bc864c59-x2k8p c -f - ${flags}`, {
      stdin: stdin(long),
    });
    expect(code, err).toBe(0);
    expect([...wide(out), ...ragged(out)], flags).toEqual([]);
    // Addresses are never cut.
    if (flags.startsWith('-6')) expect(out).toContain('fd00:244:0:1:1234:5678:9abc:def0');
  }
});

test('nor the words of any code', async () => {
  for (const code of reasonCodes()) expect(wide(await text(explainCode(code)!, { level: 'default', colour: 0 })), code).toEqual([]);
});

test.for(['plugins', 'explain', 'check -f fixtures/input/bad-keys.yaml', 'check -f fixtures/input/bad-ranges.yaml'])('nor of k8snet %s', async (line) => {
  const { out, err } = await k8snet(line);
  // A finding's own line is one line, however long: pipelines read it.
  expect(wide(out + err).filter((row) => !/:\d+:\d+: (error|warning): /.test(row))).toEqual([]);
});

test('-o wide has no limit', async () => {
  const { out } = await k8snet('trace pod-a pod-b -o wide');
  expect(out).toContain('udp 192.168.1.11:8285 -> 192.168.1.12:8285 [10.1.15.2 -> 10.1.20.2] +28 bytes, ttl 64');
});
