import { spawnSync } from 'node:child_process';

/**
 * Runs shell lines in a network namespace of their own, which ends with them, and then each of `shows`; the answer
 * holds what each of these printed, by its command. A line that fails is an error, so no test passes by accident.
 */
export function inNamespace(lines: readonly string[], shows: readonly string[]): Map<string, string[]> {
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const script = ['set -e', ...lines, ...shows.flatMap((show) => [`echo '@@ ${show}'`, show]), 'trap - EXIT', '[ -z "$POD" ] || kill $POD'].join('\n');
  const run = spawnSync('unshare', ['--net', 'sh', '-s'], { input: script, encoding: 'utf8', env: { ...process.env, PATH: path } });
  if (run.status !== 0) throw new Error(`${run.stderr}\n${run.stdout}\n--- of the script\n${script}`);
  return new Map(
    run.stdout
      .split(/^@@ /m)
      .slice(1)
      .map((block) => {
        const [command = '', ...output] = block.split('\n');
        return [command, output.map((line) => line.trimEnd()).filter((line) => line !== '')];
      }),
  );
}

/** A namespace nobody named, as a container runtime makes one; its process is $POD, which `inNamespace` ends. */
export const podNamespace: readonly string[] = [
  'unshare --net sleep 60 >/dev/null 2>&1 & POD=$!',
  "trap 'kill $POD' EXIT",
  'while [ "$(readlink /proc/$POD/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done',
  // No multicast listener reports, from which a bridge would learn addresses.
  'nsenter -t $POD -n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
];
