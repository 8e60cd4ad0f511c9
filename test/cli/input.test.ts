import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { k8snet, stdin } from './run.ts';

const file = 'fixtures/flannel/vxlan-cni0/cluster.yaml';
const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('a cluster file comes from standard input', async () => {
  const { code, out, err } = await k8snet('trace a c -f -', { stdin: stdin(text) });
  expect(code, err).toBe(0);
  expect(out).toContain('flannel vxlan');
});

test('the cluster file of the current folder is found', async () => {
  const { out, err } = await k8snet('trace a c', { cwd: new URL('../../fixtures/flannel/vxlan-cni0', import.meta.url).pathname });
  expect(out).toContain('flannel vxlan');
  expect(err).toBe('');
});

test('the same cluster under another plugin', async () => {
  const { code, out } = await k8snet(`trace a c -f ${file} --plugin kubenet`);
  expect(code).toBe(0);
  expect(out).toContain('cbr0');
});

test('a password is never printed', async () => {
  const line = `trace a c -f fixtures/flannel/udp-docker0/cluster.yaml --etcd http://127.0.0.1:1 --etcd-username root --etcd-password s3cr3t-word`;
  for (const more of ['', ' -o json', ' -v']) {
    const { out, err } = await k8snet(line + more);
    expect(out + err).not.toContain('s3cr3t-word');
  }
  const { out, err } = await k8snet('trace a c --etcd http://127.0.0.1:1', { env: { ETCD_PASSWORD: 's3cr3t-word', ETCD_USERNAME: 'root' } });
  expect(out + err).not.toContain('s3cr3t-word');
});

test('several endpoints: a list with commas, or the flag again', async () => {
  for (const flags of ['--etcd http://127.0.0.1:1,http://127.0.0.1:2', '--etcd http://127.0.0.1:1 --etcd http://127.0.0.1:2']) {
    const { err } = await k8snet(`trace pod-a pod-b ${flags}`);
    expect(err).toContain('http://127.0.0.1:2');
  }
});
