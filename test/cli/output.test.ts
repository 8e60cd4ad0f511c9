import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { k8snet } from './run.ts';

const line = 'trace pod-a pod-b -f fixtures/flannel/udp-docker0/cluster.yaml';
const ESC = '\u001b[';

test.for([
  // flags, environment, colours of the terminal, whether there is colour
  ['', {}, 3, true],
  ['', {}, 0, false],
  ['', { NO_COLOR: '1' }, 3, false],
  ['', { TERM: 'dumb' }, 3, false],
  [' --color never', { FORCE_COLOR: '1' }, 3, false],
  [' --color always', { NO_COLOR: '1' }, 0, true],
] as const)('colour:%s %o on a terminal of level %i: %s', async ([flags, env, level, colour]) => {
  const { out } = await k8snet(line + flags, { env, colours: { out: level, err: 0 } });
  expect(out.includes(ESC)).toBe(colour);
});

test('colour changes nothing but colour', async () => {
  const plain = await k8snet(line);
  const coloured = await k8snet(`${line} --color always`);
  expect(stripVTControlCharacters(coloured.out)).toBe(plain.out);
});

test('JSON is the document, and never coloured', async () => {
  const { out } = await k8snet(`${line} -o json --color always`);
  expect(JSON.parse(out)).toMatchObject({
    schema: 'k8snet/trace/v1',
    result: 'reachable',
    question: { from: { name: 'pod-a' }, to: { name: 'pod-b' }, packet: { protocol: 'icmp', size: 84, dontFragment: true } },
    summary: { sourceSeen: '10.1.15.2', ttlAtDestination: 60, pathMtu: 1472 },
  });
});

test('-o yaml is the same document', async () => {
  const { load } = await import('js-yaml');
  const json = await k8snet(`${line} -o json`);
  const yaml = await k8snet(`${line} -o yaml`);
  expect(load(yaml.out)).toEqual(JSON.parse(json.out));
});

test('--brief has one line per hop, -v more than the default', async () => {
  const count = async (flags: string) => (await k8snet(line + flags)).out.split('\n').length;
  const { out } = await k8snet(`${line} --brief`);
  expect(out.match(/^ {2}\S/gm)).toHaveLength(5);
  expect(await count(' -v')).toBeGreaterThan(2 * (await count('')));
});

test('--no-reply follows the question only', async () => {
  const { out } = await k8snet(`${line} --no-reply -o json`);
  expect(JSON.parse(out).traces.map(({ direction }: { direction: string }) => direction)).toEqual(['forward']);
});

test('an internal error is one line, and exit code 3', async () => {
  const { code, err } = await k8snet(line, {
    out: () => {
      throw Error('boom\nmore');
    },
  });
  expect(code).toBe(3);
  expect(err).toBe('k8snet: internal error: boom; please report it, with the command and its input\n');
});
