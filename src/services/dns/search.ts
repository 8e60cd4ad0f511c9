import { ndotsOf, type ResolvConf } from './resolver.ts';

/** The C library of the client: Alpine's images have musl, nearly all others glibc. */
export type Libc = 'glibc' | 'musl';

const join = (name: string, search: string): string => {
  // `search .` is the root.
  const domain = search.replace(/^\./, '').replace(/\.$/, '');
  return domain === '' ? name : `${name}.${domain}`;
};

/**
 * The absolute names that a resolver asks for, in order, until one has an address. Without a last dot.
 * - A name that ends in a dot is absolute already.
 * - glibc (resolv/res_query.c res_search) asks with each search domain, and for the name as it is: first where it has at least ndots
 *   dots, else last. With `no-tld-query` a name without a dot is not asked for as it is.
 * - musl (src/network/lookup_name.c name_from_dns_search) does not use the search domains at all where there are ndots dots.
 */
export const candidatesOf = (name: string, conf: ResolvConf, libc: Libc): readonly string[] => {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  const enough = dots >= ndotsOf(conf);
  if (libc === 'musl' && enough) return [name];
  const searched = conf.searches.map((search) => join(name, search));
  if (enough) return [...new Set([name, ...searched])];
  const alone = libc === 'glibc' && dots === 0 && searched.length > 0 && conf.options.includes('no-tld-query');
  return [...new Set(alone ? searched : [...searched, name])];
};
