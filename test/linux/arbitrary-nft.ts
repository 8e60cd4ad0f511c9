import fc from 'fast-check';
import type { Chain, Match, NfRule, NftField, NftMap, NftSet, Table, Target } from '../../src/linux/netfilter.ts';
import { type Family, formatIp, type Ip } from '../../src/net/ip.ts';
import { formatPrefix, type Prefix, prefixOf } from '../../src/net/prefix.ts';

/** Tables as nft lists them, with sets and maps of every shape that rules ask. */
const FIELDS: readonly NftField[] = ['saddr', 'daddr', 'l4proto', 'sport', 'dport'];
const LEAVES = ['reject-chain', 'service-ULMVA6XW-ns1/svc1/tcp/p80', `endpoint-${'x'.repeat(230)}...`];

// Within 10.0.0.0/8 and fd00::/16, whose addresses every tool writes alike.
const ip = (family: Family): fc.Arbitrary<Ip> =>
  family === 4 ? fc.integer({ min: 0x0a000000, max: 0x0affffff }) : fc.bigInt({ min: 0xfd00n << 112n, max: (0xfd01n << 112n) - 1n });
const prefix = (family: Family): fc.Arbitrary<Prefix> =>
  fc.tuple(ip(family), family === 4 ? fc.integer({ min: 8, max: 32 }) : fc.integer({ min: 16, max: 128 })).map(([addr, len]) => prefixOf(addr, len));
const port = fc.integer({ min: 1, max: 65535 });
const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
const comment = fc.option(fc.stringMatching(/^[a-zA-Z0-9@:/ ._-]{1,128}$/), { nil: undefined }).map((text) => (text === undefined ? {} : { comment: text }));
const not = fc.boolean().map((no) => (no ? { not: true } : {}));

const fields = fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 5 });
const part = (field: NftField, family: Family): fc.Arbitrary<string> =>
  field === 'l4proto' ? protocol : field.endsWith('port') ? port.map(String) : ip(family).map(formatIp);
const keys = (of: readonly NftField[], family: Family, max = 12): fc.Arbitrary<string[]> =>
  fc.uniqueArray(
    fc.tuple(...of.map((field) => part(field, family))).map((parts) => parts.join(' . ')),
    { maxLength: max },
  );

const set = (name: string, family: Family): fc.Arbitrary<NftSet> =>
  fc.tuple(fields, comment).chain(([of, about]) => keys(of, family).map((elements): NftSet => ({ name, fields: of, elements, ...about })));
const intervals = (name: string, family: Family): fc.Arbitrary<NftSet> =>
  fc.uniqueArray(fc.nat(255), { maxLength: 6 }).map((octets): NftSet => {
    const elements = octets.map((octet) => (family === 4 ? `10.${octet}.0.0/16` : formatPrefix(prefixOf((0xfd00n << 112n) + (BigInt(octet) << 96n), 32))));
    return { name, fields: ['saddr'], elements, flags: ['interval'] };
  });
const affinity = (name: string): fc.Arbitrary<NftSet> =>
  fc
    .tuple(fc.integer({ min: 1, max: 400_000 }), comment)
    .map(([timeout, about]): NftSet => ({ name, fields: ['saddr'], elements: [], flags: ['dynamic', 'timeout'], timeout, ...about }));

const verdict: fc.Arbitrary<Target> = fc.oneof(
  fc.constantFrom('DROP' as const, 'ACCEPT' as const, 'RETURN' as const).map((target) => ({ target })),
  fc.tuple(fc.constantFrom('goto' as const, 'jump' as const), fc.constantFrom(...LEAVES)).map(([target, chain]) => ({ target, chain })),
);
const map = (name: string, family: Family): fc.Arbitrary<NftMap> =>
  fc.tuple(fields, comment).chain(([of, about]) =>
    fc.tuple(keys(of, family), fc.infiniteStream(fc.tuple(verdict, comment))).map(([all, rest]): NftMap => {
      const elements = all.map((key) => {
        const [action, note] = rest.next().value;
        return { key, action, ...note };
      });
      return { name, fields: of, elements, ...about };
    }),
  );

const match = (sets: readonly NftSet[], family: Family): fc.Arbitrary<Match> =>
  fc.oneof(
    fc.tuple(fc.constantFrom(...sets), not).map(([one, no]): Match => ({ match: 'lookup', fields: one.fields, set: one.name, ...no })),
    fc
      .tuple(fc.constantFrom('saddr-in' as const, 'daddr-in' as const), fc.array(prefix(family), { minLength: 1, maxLength: 5 }), not)
      .map(([side, prefixes, no]): Match => ({ match: side, prefixes, ...no })),
    fc.tuple(fc.constantFrom('cni0', 'cali+'), not).map(([ifname, no]): Match => ({ match: 'iifname', ifname, ...no })),
    fc.constantFrom<Match>({ match: 'ctstate', states: ['NEW'] }, { match: 'ctstate', states: ['DNAT'] }, { match: 'mark', value: 0, mask: 0x4000, not: true }),
    fc.constantFrom('src' as const, 'dst' as const).map((side): Match => ({ match: 'addrtype', side, type: 'LOCAL' })),
  );

const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 12 });
const to = (family: Family) => fc.tuple(ip(family), port).map(([one, number]) => ({ ip: one, port: number }));
const marks = fc.constantFrom<Target>({ target: 'MARK', value: 0x4000, mask: 0x4000 }, { target: 'MARK', value: 0x4000, mask: 0 });
const plain = (maps: readonly NftMap[], sets: readonly NftSet[]): fc.Arbitrary<Target> => {
  const dynamic = sets.filter(({ flags }) => flags?.includes('dynamic'));
  return fc.oneof(
    verdict,
    marks,
    fc.constantFrom<Target>({ target: 'REJECT', with: 'icmp-port-unreachable' }, { target: 'MASQUERADE', fullyRandom: true }),
    fc.constantFrom(...maps).map((one): Target => ({ target: 'vmap', fields: one.fields, map: one.name })),
    fc.constantFrom(...dynamic).map((one): Target => ({ target: 'update', set: one.name, fields: one.fields })),
    fc
      .tuple(fc.constantFrom('jump' as const, 'goto' as const), many(fc.constantFrom(...LEAVES)))
      .map(([how, chains]): Target => ({ target: 'numgen-vmap', verdict: how, chains })),
  );
};

const rule = (sets: readonly NftSet[], maps: readonly NftMap[], family: Family): fc.Arbitrary<NfRule> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.array(match(sets, family), { maxLength: 2 }), fc.array(marks, { maxLength: 1 }), plain(maps, sets), comment).map(([matches, before, action, about]): NfRule => ({ matches, before, action, ...about })) }, // biome-ignore format: one row
    {
      weight: 1,
      arbitrary: fc
        .tuple(protocol, fc.oneof(many(to(family)).map((all): Target => ({ target: 'numgen-dnat', to: all })), to(family).map((one): Target => ({ target: 'DNAT', to: one }))), comment) // biome-ignore format: one row
        .map(([name, action, about]): NfRule => ({ matches: [{ match: 'l4proto', protocol: name }], action, ...about })),
    },
  );

/** A table in the way of kube-proxy's: sets, maps, chains that lead to others, with comments. */
export const nftTable = (family: Family): fc.Arbitrary<Table> =>
  fc
    .tuple(
      fc.tuple(set('cluster-ips', family), set('hairpin-connections', family), intervals('ranges', family), affinity('affinity-A/b')),
      fc.tuple(map('service-ips', family), map('service-nodeports', family)),
      comment,
      fc.array(comment, { minLength: 4, maxLength: 4 }),
    )
    .chain(([sets, maps, about, notes]) =>
      fc.array(rule(sets, maps, family), { maxLength: 8 }).map((rules): Table => {
        const leaves = LEAVES.map((name, i): Chain => ({ name, rules: [], ...notes[i] }));
        const first: Chain = { name: 'services', base: { type: 'filter', hook: 'output', priority: -110, policy: 'ACCEPT' }, rules: [], ...notes[3] };
        const chains = [first, { name: 'rules', rules }, ...leaves];
        return { tool: 'nft', family: family === 4 ? 'ip' : 'ip6', name: 'kube-proxy', chains, sets, maps, ...about };
      }),
    );
