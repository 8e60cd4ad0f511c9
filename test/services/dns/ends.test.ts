import { expect, test } from 'vitest';
import { formatIp } from '../../../src/net/ip.ts';
import { parseEnd, type TypedEnd } from '../../../src/services/dns/ends.ts';

const show = (end: TypedEnd | undefined): string => {
  if (!end) return '-';
  const port = end.port === undefined ? '' : ` port ${JSON.stringify(end.port)}`;
  switch (end.kind) {
    case 'service':
      return `service ${end.namespace === undefined ? '' : `${end.namespace}/`}${end.name}${port}`;
    case 'name':
    case 'node':
      return `${end.kind} ${end.name}${port}`;
    case 'address':
      return `address ${formatIp(end.ip)}${port}`;
  }
};

test.for<[typed: string, want: string]>([
  ['svc/web', 'service web'],
  ['service/web', 'service web'],
  ['services/web', 'service web'],
  ['svc/web:80', 'service web port 80'],
  ['svc/web:http', 'service web port "http"'],
  ['svc/web.shop', 'service shop/web'],
  ['svc/web.shop:80', 'service shop/web port 80'],
  ['svc/shop/web', 'service shop/web'],
  ['shop/svc/web', 'service shop/web'],
  ['shop/service/web:http', 'service shop/web port "http"'],
  ['shop/web', 'service shop/web'],
  ['shop/web:80', 'service shop/web port 80'],
  ['web', 'name web'],
  ['web:80', 'name web port 80'],
  ['web.shop', 'name web.shop'],
  ['web.shop:http', 'name web.shop port "http"'],
  ['web.shop.svc', 'name web.shop.svc'],
  ['web.shop.svc.cluster.local', 'name web.shop.svc.cluster.local'],
  ['web.shop.svc.cluster.local.', 'name web.shop.svc.cluster.local.'],
  ['web.shop.svc.cluster.local.:80', 'name web.shop.svc.cluster.local. port 80'],
  ['web-0.payments.shop', 'name web-0.payments.shop'],
  ['_http._tcp.web.shop', 'name _http._tcp.web.shop'],
  ['Web.Shop', 'name Web.Shop'],
  ['node-1:30080', 'name node-1 port 30080'],
  ['node/node-1:30080', 'node node-1 port 30080'],
  ['nodes/ip-10-0-26-239.ec2.internal:30080', 'node ip-10-0-26-239.ec2.internal port 30080'],
  ['10.96.0.10', 'address 10.96.0.10'],
  ['10.96.0.10:53', 'address 10.96.0.10 port 53'],
  ['fd00::a', 'address fd00::a'],
  ['[fd00::a]', 'address fd00::a'],
  ['[fd00::a]:53', 'address fd00::a port 53'],
  // Without brackets the last group cannot be told from a port.
  ['fd00::a:53', 'address fd00::a:53'],
])('%s is %s', ([typed, want]) => expect(show(parseEnd(typed))).toBe(want));

test.for([
  'pod/web',
  'po/web',
  'deploy/web',
  'job/web',
  'node/node-1',
  'node/node-1:http',
  'web:0',
  'web:65536',
  'web:',
  'web:a_port',
  'web:a-name-of-16-chr',
  ':80',
  '',
  'a..b',
  '-a',
  'a b',
  '[10.0.0.1]:80',
  '[fd00::a',
  '[fd00::a]:0',
  '10.96.0.10:http',
  '10.96.0',
  '10.96.0.256',
  'svc/',
  'svc/web.',
  'svc/a.b.c',
  'svc/shop/web.x',
  'a/b/c',
  'a/svc/b/c',
  'http://web',
])('%s is none of these', (typed) => expect(parseEnd(typed)).toBeUndefined());
