import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A kernel to run a lab's script on: this machine's, or user-mode-linux with the modules that this machine's kernel lacks. */
export type Kernel = 'host' | 'uml';

const runToEnd = (
  command: string,
  args: readonly string[],
  timeout: number,
): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });

// A private mount and process namespace: when its first process ends, for whatever reason, everything in it is gone.
const ISOLATE = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--net'];
const INSIDE = 'mount -t tmpfs none /run && mkdir -p /run/netns && mount -t sysfs none /sys && exec bash "$0"';

const runOnHost = async (file: string, timeout: number): Promise<void> => {
  const { code, text } = await runToEnd('unshare', [...ISOLATE, 'bash', '-c', INSIDE, file], timeout);
  if (code !== 0) throw new Error(`lab: the script ended with ${code}: ${text}`);
};

const UML_MODULES = '/usr/lib/uml/modules';

// The kernel asks for modules by itself (iptables matches, for instance), and must be told of the folder too.
const umlInit = (file: string, results: string): string => `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root IPTABLES_VARIANT=-legacy
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/netns
echo ${results}/modprobe >/proc/sys/kernel/modprobe
for module in veth bridge br_netfilter vxlan tun ipip ipv6 dummy nf_tables nft_compat nf_conntrack ip_vs; do ${results}/modprobe $module; done
bash ${file} >${results}/uml.out 2>&1
echo $? >${results}/uml.code
halt -f
`;

const runInUml = async (file: string, results: string, timeout: number): Promise<void> => {
  const release = readdirSync(UML_MODULES)[0] ?? '';
  mkdirSync(join(results, 'lib/modules'), { recursive: true });
  symlinkSync(join(UML_MODULES, release), join(results, 'lib/modules', release));
  const programs = { init: umlInit(file, results), modprobe: `#!/bin/sh\nexec /sbin/modprobe -d ${results} "$@"\n` };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(results, name), text);
    chmodSync(join(results, name), 0o755);
  }
  const machine = [
    'mem=512M',
    'rootfstype=hostfs',
    'rw',
    `init=${join(results, 'init')}`,
    'con=null',
    'con0=fd:0,fd:1',
    'quiet',
  ];
  // Its processes end together, also when the time is over.
  const { text } = await runToEnd('unshare', ['--pid', '--fork', '--kill-child', 'linux.uml', ...machine], timeout);
  const read = (name: string) => {
    try {
      return readFileSync(join(results, name), 'utf8');
    } catch {
      return '';
    }
  };
  if (read('uml.code').trim() !== '0') throw new Error(`lab: the script failed: ${read('uml.out')}\n${text}`);
};

/** Runs the script `file` to its end; whatever it started ends with it. */
export const runScript = (kernel: Kernel, file: string, results: string, timeout: number): Promise<void> =>
  kernel === 'uml' ? runInUml(file, results, timeout) : runOnHost(file, timeout);
