/** Options that stand in front of all modules wherever they are written, and in this order. */
const BASIC = ['-s', '-d', '-i', '-o', '-p'];
const MODULE: Readonly<Record<string, string>> = {
  '--dst-type': 'addrtype',
  '--src-type': 'addrtype',
  '--ctstate': 'conntrack',
  '--mark': 'mark',
  '--comment': 'comment',
};
const FLAGS = ['--rcheck', '--set', '--reap', '--rsource', '--random-fully'];

const value = (option: string, text: string): string => {
  if (option === '-s' || option === '-d') return text.replace(/\/(32|128)$/, '');
  if (option === '--probability') return String(Math.round(Number(text) * 2 ** 31));
  return text;
};

// `--or-mark 0x4000` is --set-xmark 0x4000/0x4000, `--xor-mark 0x4000` is --set-xmark 0x4000/0x0.
const target = (words: readonly string[]): string => {
  const [name, option, text] = words;
  if (name === 'MARK' && option === '--or-mark') return `MARK --set-xmark ${text}/${text}`;
  if (name === 'MARK' && option === '--xor-mark') return `MARK --set-xmark ${text}/0x0`;
  if (name === 'REJECT' && option === undefined) return 'REJECT --reject-with icmp-port-unreachable';
  // Left out where the iptables binary does not know it.
  if (name === 'MASQUERADE') return 'MASQUERADE';
  return words.join(' ');
};

/**
 * A rule's arguments in a form of their own, the same for what a program passes to iptables and for what iptables-save prints: plain options
 * in front, each module with its options in order of name, modules in their order. `-m nfacct` counts only, and is left out.
 */
export const canonical = (argv: readonly string[]): string => {
  const basics = new Map<string, string>();
  const modules = new Map<string, string[]>();
  let module = '';
  let end = '';
  const protocol = argv[argv.indexOf('-p') + 1] ?? '';
  for (let i = 0; i < argv.length; i++) {
    const not = argv[i] === '!' ? '! ' : '';
    const option = argv[not ? ++i : i] ?? '';
    if (option === '-j') {
      end = target(argv.slice(i + 1));
      break;
    }
    if (option === '-m') {
      module = argv[++i] ?? '';
      if (module !== 'nfacct') modules.set(module, modules.get(module) ?? []);
      continue;
    }
    const text = FLAGS.includes(option) ? '' : value(option, argv[++i] ?? '');
    if (BASIC.includes(option)) basics.set(option, `${not}${option} ${text}`);
    else if (option !== '--mask' && option !== '--rsource') {
      const of = MODULE[option] ?? (option === '--dport' ? protocol : module);
      modules.get(of)?.push(`${not}${option} ${text}`.trim());
    }
  }
  const named = [...modules].map(([name, options]) => `-m ${name} ${options.toSorted().join(' ')}`.trim());
  return [...BASIC.flatMap((option) => basics.get(option) ?? []), ...named, end && `-j ${end}`].filter((part) => part !== '').join(' | ');
};
