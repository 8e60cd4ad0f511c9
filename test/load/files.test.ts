import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../../src/load/index.ts';

const nodeObject = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const short = (node: string) => `plugin: flannel\nnodes: [{name: ${node}, ip: 10.0.0.1}]\n`;

const files: Readonly<Record<string, string | Buffer>> = {
  'k8snet.yaml': short('default-1'),
  'cluster.yaml': short('default-2'),
  'only/cluster.yaml': short('default-3'),
  'empty/readme.txt': 'no cluster',
  'folder/b.yml': nodeObject('b'),
  'folder/a.json': nodeObject('a'),
  'folder/deep/er/c.yaml': nodeObject('c'),
  'folder/node_modules/x/d.yaml': nodeObject('d'),
  'folder/.hidden/e.yaml': nodeObject('e'),
  'folder/values.yaml': 'image: {tag: 1}\n',
  'folder/list.yaml': '- 1\n- 2\n',
  'utf16.yaml': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(short('wide'), 'utf16le')]),
  'bom.yaml': `\ufeff${short('marked')}`,
  'crlf.yaml': short('dos').replaceAll('\n', '\r\n'),
  'picture.yaml': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 0xff, 0xfe]),
  'packed.yaml': Buffer.from([0x1f, 0x8b, 8, 0, 0]),
  'nothing.yaml': '# nothing\n',
};

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k8snet-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
});
afterAll(() => rmSync(cwd, { recursive: true }));

test.for<[what: string, names: readonly string[], folder: string, nodes: readonly string[]]>([
  ['k8snet.yaml by default', [], '.', ['default-1']],
  ['else cluster.yaml', [], 'only', ['default-3']],
  ['a file', ['cluster.yaml'], '.', ['default-2']],
  ['a folder, to the bottom, in order of names', ['folder'], '.', ['a', 'b', 'c']],
  ['several', ['folder/b.yml', 'cluster.yaml'], '.', ['b', 'default-2']],
  ['stdin', ['-'], '.', ['from-stdin']],
  ['UTF-16, as Windows shells write it', ['utf16.yaml'], '.', ['wide']],
  ['a byte order mark', ['bom.yaml'], '.', ['marked']],
  ['CRLF', ['crlf.yaml'], '.', ['dos']],
])('%s is read', async ([, names, folder, nodes]) => {
  const { cluster } = await load({ files: names, cwd: join(cwd, folder), stdin: Readable.from([Buffer.from(nodeObject('from-stdin'))]) });
  expect(cluster?.nodes.map(({ name }) => name)).toEqual(nodes);
});

test.for<[what: string, names: readonly string[], folder: string, code: string, message: string, hint?: string]>([
  ['a misspelt name', ['clutser.yaml'], '.', 'FILE_NOT_FOUND', 'clutser.yaml: no such file', 'did you mean "cluster.yaml"?'],
  ['a misspelt name in a folder', ['folder/bb.yml'], '.', 'FILE_NOT_FOUND', 'folder/bb.yml: no such file', 'did you mean "folder/b.yml"?'],
  ['a name like no other', ['zzzzzzzzz'], '.', 'FILE_NOT_FOUND', 'zzzzzzzzz: no such file'],
  ['a folder that is not there', ['x/y/z.yaml'], '.', 'FILE_NOT_FOUND', 'x/y/z.yaml: no such folder'],
  ['a folder without YAML', ['empty'], '.', 'FILE_NOT_FOUND', 'empty holds no .yaml, .yml or .json file'],
  [
    'no file named, none there',
    [],
    'empty',
    'NO_INPUT',
    'no cluster in this folder',
    'name a file with -f: a cluster file, or the output of kubectl get nodes,pods -A -o yaml',
  ],
  ['a picture', ['picture.yaml'], '.', 'NOT_TEXT', 'picture.yaml cannot be read as text: it is not UTF-8', 'k8snet reads YAML and JSON text'],
  ['a packed file', ['packed.yaml'], '.', 'NOT_TEXT', 'packed.yaml cannot be read as text: it is compressed', 'unpack it first, e.g. with gunzip or tar'],
])('%s is one clear error', async ([, names, folder, code, message, hint]) => {
  const { cluster, problems } = await load({ files: names, cwd: join(cwd, folder) });
  expect(cluster).toBeUndefined();
  expect(problems.map((p) => [p.code, p.message, p.hint])).toEqual([[code, message, hint]]);
});

test('an empty file is a warning, and no cluster an error', async () => {
  const { problems } = await load({ files: ['nothing.yaml'], cwd });
  expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning EMPTY_FILE', 'error NO_INPUT']);
});

test('a file that cannot be read does not hide the others', async () => {
  const { cluster, problems } = await load({ files: ['cluster.yaml', 'missing.yaml'], cwd });
  expect(cluster?.nodes).toHaveLength(1);
  expect(problems.map(({ code }) => code)).toEqual(['FILE_NOT_FOUND']);
});

test('a file that is longer than a string may be is refused before it is read', async () => {
  writeFileSync(join(cwd, 'huge.json'), '');
  truncateSync(join(cwd, 'huge.json'), 2 ** 30);
  const { problems } = await load({ files: ['huge.json'], cwd });
  expect(problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual([expect.stringMatching(/^FILE_TOO_LARGE split it per kind: kubectl get nodes -o json/)]);
});
