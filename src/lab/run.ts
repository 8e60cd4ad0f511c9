import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapture, type Seen } from './capture.ts';
import type { TunnelPorts } from './decode.ts';
import { type Kernel, runScript } from './isolate.ts';
import { type Outcome, type Probe, probeCommand, readOutcome } from './probe.ts';
import { type LabSpec, labScript, outsideRoom, roomNames } from './script.ts';
import { quote } from './shell.ts';

/** What the kernel did with one probe: what the sender learnt, and every tap that saw something, in each namespace's own order. */
export type Observation = { readonly outcome: Outcome; readonly output: string; readonly seen: readonly Seen[] };

/** Ports that answer, by namespace: `udp:53`. */
export type Listeners = Readonly<Record<string, readonly string[]>>;

export type LabJob = {
  readonly spec: LabSpec;
  readonly tag: string;
  readonly probes: readonly Probe[];
  readonly listeners?: Listeners;
  readonly ports?: TunnelPorts;
};

const PROBE_FUNCTION = `
# probe NUMBER ROOM COMMAND...: runs COMMAND in ROOM and notes when.
probe() {
  local number=$1 room=$2; shift 2
  echo "$number $EPOCHREALTIME" >>"$results/times"
  ip netns exec "$room" "$@" >"$results/probe-$number" 2>&1 || true
  sleep 0.04
}
# A path MTU that one probe taught a host must not change the next one.
forget() {
  for room in $rooms; do
    ip -n "$room" route flush cache; ip -n "$room" -6 route flush cache
  done
}`;

const LARGE = 1200;

/** The whole script of a job: install, capture, probe, tear down. Its results are files in `results`. */
const jobScript = ({ spec, tag, probes, listeners = {} }: LabJob): string => {
  const { plan, places } = spec;
  const byId = new Map(plan.rooms.map((room) => [room.netns.id, room.name]));
  const outside = outsideRoom(tag);
  const room = (id: string) => byId.get(id) ?? outside;
  const captured = roomNames(spec, tag).filter((name) => !name.includes('-seg-'));
  const lines = [
    `results=${quote(places.results)}`,
    PROBE_FUNCTION,
    ...Object.entries(listeners).map(
      ([id, ports]) =>
        `start "$results/${room(id)}.listen" ready ip netns exec ${room(id)} python3 ${quote(`${places.tools}/listen.py`)} ${ports.join(' ')}`,
    ),
    ...captured.map((name) => `ip -n ${name} -o link show >"$results/${name}.links"`),
    ...captured.map(
      (name) =>
        `start "$results/${name}.tcpdump" listening ip netns exec ${name} tcpdump -i any -y LINUX_SLL2 -n -U -s 4096 -B 8192 --immediate-mode -Z root -w "$results/${name}.pcap"`,
    ),
    ...probes.flatMap((probe, number) => [
      ...((probe.size ?? 0) > LARGE ? ['forget'] : []),
      `probe ${number} ${room(probe.from)} ${probeCommand(probe, number, places.tools)}`,
    ]),
    `echo "${probes.length} $EPOCHREALTIME" >>"$results/times"`,
    'sleep 0.2',
    'echo done >"$results/done"',
  ];
  return `${labScript(spec, tag)}${lines.join('\n')}\n`;
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const readDevices = (text: string): ReadonlyMap<number, string> =>
  new Map(Array.from(text.matchAll(/^(\d+): ([^:@\s]+)/gm), ([, index, name]) => [Number(index), name ?? '']));

/** Reads what a finished job left in its folder. */
const readResults = ({ spec, tag, probes, ports }: LabJob): readonly Observation[] => {
  const { results } = spec.places;
  const times = Array.from(readText(join(results, 'times')).matchAll(/^\d+ (\S+)$/gm), ([, time]) => Number(time));
  const ids = new Map(spec.plan.rooms.map((room) => [room.name, room.netns.id]));
  const seen = roomNames(spec, tag)
    .filter((name) => !name.includes('-seg-'))
    .flatMap((name) => {
      const devices = readDevices(readText(join(results, `${name}.links`)));
      return readCapture(ids.get(name) ?? name, readFileSync(join(results, `${name}.pcap`)), devices, ports);
    });
  return probes.map((_, number) => {
    const output = readText(join(results, `probe-${number}`));
    const [start = 0, end = 0] = times.slice(number, number + 2);
    return { output, outcome: readOutcome(output), seen: seen.filter(({ time }) => time >= start && time < end) };
  });
};

/** Runs a job and reads its results. On this machine's kernel it needs root. */
export const runLab = async (
  job: Omit<LabJob, 'spec'> & {
    readonly spec: Omit<LabSpec, 'places'>;
    readonly tools: string;
    readonly kernel?: Kernel;
  },
  timeout = 100_000,
): Promise<readonly Observation[]> => {
  const results = mkdtempSync(join(tmpdir(), `k8snet-${job.tag}-`));
  const full: LabJob = { ...job, spec: { ...job.spec, places: { tools: job.tools, results } } };
  const file = join(results, 'lab.sh');
  try {
    writeFileSync(file, jobScript(full));
    await runScript(job.kernel ?? 'host', file, results, timeout);
    return readResults(full);
  } finally {
    if (!process.env['K8SNET_KEEP']) rmSync(results, { recursive: true, force: true });
  }
};
