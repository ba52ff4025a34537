import { test } from 'uvu'
import { absent } from '../../src/core/fact.ts'
import { addresses } from '../../src/facts/addresses.ts'
import { amqpAnswers } from '../../modules/rabbitmq/facts/amqp.ts'
import { isPending } from '../../src/facts/pending.ts'
import { file, secretFile, sha256 } from '../../src/facts/file.ts'
import { hostname, osRelease, userExists } from '../../src/facts/host.ts'
import { resolvesTo } from '../../src/facts/resolve.ts'
import { sysctls } from '../../src/facts/sysctl.ts'
import { table } from './parser-table.ts'

const valid = '\\       valid_lft forever preferred_lft forever\n'
table('addresses', addresses('eth0'), [
  { name: 'no interface', output: 'absent\n', value: absent },
  { name: 'no address', output: '', value: [] },
  {
    name: 'the loopback',
    output: `1: lo    inet 127.0.0.1/8 scope host lo${valid}`,
    value: [{ address: '127.0.0.1/8', label: 'lo' }],
  },
  {
    name: 'several, with broadcast, flags and labels',
    output:
      `2: eth0    inet 192.168.1.121/24 brd 192.168.1.255 scope global dynamic noprefixroute eth0\\       valid_lft 86sec preferred_lft 86sec\n` +
      `2: eth0    inet 192.168.1.120/32 scope global secondary eth0:vip${valid}`,
    value: [
      { address: '192.168.1.121/24', label: 'eth0' },
      { address: '192.168.1.120/32', label: 'eth0:vip' },
    ],
  },
  {
    name: 'a peer',
    output: `5: tun0    inet 10.1.1.1 peer 10.1.1.2/32 scope global tun0${valid}`,
    value: [{ address: '10.1.1.1/32', label: 'tun0' }],
  },
  {
    name: "systemd-networkd's metric",
    output: `2: eth0    inet 10.5.5.5/24 metric 100 brd 10.5.5.255 scope global dynamic eth0${valid}`,
    value: [{ address: '10.5.5.5/24', label: 'eth0' }],
  },
  {
    name: 'one end of a pair, in the scope of the link',
    output: `7: host0@if8    inet 169.254.1.2/16 brd 169.254.255.255 scope link host0${valid}`,
    value: [{ address: '169.254.1.2/16', label: 'host0' }],
  },
  { name: 'garbage', output: 'Usage: ip [ OPTIONS ]\n', error: /^Error: ip printed "Usage: ip \[ OPTIONS \]"$/ },
  { name: 'no address', output: `2: eth0    inet $(id)/24 scope global eth0${valid}`, error: /^Error: ip printed/ },
  { name: 'another family', output: `2: eth0    inet6 fe80::1/64 scope link${valid}`, error: /^Error: ip printed/ },
  {
    name: 'a line that was cut',
    output: '2: eth0    inet 10.0.0.1/24 scope global eth0\n',
    error: /^Error: ip printed/,
  },
])

const head = '81a4 0 0 root root\n'
const ids = { uid: '0', gid: '0' }
const attributes = { type: 'file', mode: '0644', owner: 'root', group: 'root', ...ids }
table('file', file('/x'), [
  { name: 'absent', output: 'absent\n', value: absent },
  { name: 'empty', output: `${head}content\n`, value: { ...attributes, content: '' } },
  { name: 'without a line end', output: `${head}content\na`, value: { ...attributes, content: 'a' } },
  { name: 'only line ends', output: `${head}content\n\n\r\n`, value: { ...attributes, content: '\n\r\n' } },
  {
    name: 'bytes that are no text',
    output: `${head}content\n\0\xff\n\0`,
    value: { ...attributes, content: '\0\xff\n\0' },
  },
  {
    name: 'content that reads like an answer',
    output: `${head}content\nabsent\ndigest\n`,
    value: { ...attributes, content: 'absent\ndigest\n' },
  },
  {
    name: 'a large one',
    output: `${head}digest\n${sha256('x')}  -\n`,
    value: { ...attributes, sha256: sha256('x') },
  },
  {
    name: 'set-uid, of another owner and group',
    output: '89ed 1500 1 app daemon\ncontent\n',
    value: { type: 'file', mode: '4755', owner: 'app', group: 'daemon', uid: '1500', gid: '1', content: '' },
  },
  {
    name: 'numbers without a name',
    output: '81b4 4711 4712 UNKNOWN UNKNOWN\ncontent\n',
    value: { type: 'file', mode: '0664', owner: '4711', group: '4712', uid: '4711', gid: '4712', content: '' },
  },
  { name: 'content that was not read', output: head, error: /^Error: the content of a file was not read$/ },
  {
    name: 'half a digest',
    output: `${head}digest\nabc`,
    error: /^Error: the content of a file was not read$/,
  },
  {
    name: 'a directory, sticky',
    output: '43ff 0 0 root root\n',
    value: { type: 'directory', mode: '1777', owner: 'root', group: 'root', ...ids },
  },
  {
    name: 'a device',
    output: '21b6 0 0 root root\n',
    value: { type: 'other', mode: '0666', owner: 'root', group: 'root', ...ids },
  },
  {
    name: 'a group whose name has a space',
    output: '81a4 7 8 CORP\\eve domain users\ncontent\n',
    value: { ...attributes, owner: 'CORP\\eve', group: 'domain users', uid: '7', gid: '8', content: '' },
  },
  { name: 'nothing', output: '', error: /^Error: stat printed ""$/ },
  { name: 'garbage', output: 'stat: invalid option\n', error: /^Error: stat printed "stat: invalid option"$/ },
])
table('secretFile', secretFile('/x'), [
  {
    name: 'only the digest',
    output: `8100 0 0 root root\ndigest\n${sha256('s')}  -\n`,
    value: { ...attributes, mode: '0400', sha256: sha256('s') },
  },
])

const sys = '/proc/sys/'
table('sysctls', sysctls(['net.ipv4.ip_forward', 'net.ipv4.conf.eth0/1.arp_ignore', 'kernel.x']), [
  {
    name: 'values and an absent one',
    output: `${sys}net/ipv4/ip_forward:1\nabsent net/ipv4/conf/eth0.1/arp_ignore\n${sys}kernel/x:32768\t60999\n`,
    value: { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.eth0/1.arp_ignore': absent, 'kernel.x': '32768\t60999' },
  },
  {
    name: 'an empty value, and one of two lines',
    output: `${sys}net/ipv4/ip_forward:\n${sys}net/ipv4/conf/eth0.1/arp_ignore:1\n${sys}kernel/x:2\n${sys}kernel/x:3:4\n`,
    value: { 'net.ipv4.ip_forward': '', 'net.ipv4.conf.eth0/1.arp_ignore': '1', 'kernel.x': '2 3:4' },
  },
  {
    name: 'a value missing',
    output: `${sys}net/ipv4/ip_forward:1\n`,
    error: /^Error: nothing was printed of \/proc\/sys\/net\/ipv4\/conf\/eth0\.1\/arp_ignore$/,
  },
])

table('osRelease', osRelease, [
  {
    name: 'quoted and unquoted',
    output: 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian\n',
    value: { id: 'debian', like: [], version: '12' },
  },
  {
    name: 'single quotes, several likes',
    output: "ID='rocky'\nID_LIKE='rhel centos fedora'\nVERSION_ID='9.4'\n",
    value: { id: 'rocky', like: ['rhel', 'centos', 'fedora'], version: '9.4' },
  },
  { name: 'a rolling one', output: 'ID=arch\nBUILD_ID=rolling\n', value: { id: 'arch', like: [], version: '' } },
  { name: 'one that says nothing', output: 'NAME=Some\n', value: { id: 'linux', like: [], version: '' } },
])

table('hostname', hostname, [{ name: 'a name', output: 'initiator\n', value: 'initiator' }])
table('resolvesTo', resolvesTo('a'), [
  { name: 'an address', output: '192.168.1.121\n', value: '192.168.1.121' },
  { name: 'no address', output: '', value: absent },
])
table('userExists', userExists('a'), [
  { name: 'there', output: 'yes\n', value: true },
  { name: 'not there', output: 'no\n', value: absent },
])
table('pending', isPending('a'), [
  { name: 'pending', output: 'pending\n', value: true },
  { name: 'settled', output: '', value: false },
])
table('amqpAnswers', amqpAnswers('127.0.0.1', 5672), [
  { name: 'a broker', output: ' 01\n', value: true },
  { name: 'something else that answers', output: ' 48\n', value: false },
  { name: 'no answer', output: '', value: false },
])

test.run()
