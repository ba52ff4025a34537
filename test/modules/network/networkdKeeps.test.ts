import { deepStrictEqual, throws } from 'node:assert'
import { test } from 'uvu'
import { absent, unknown } from 'haq'
import { networkdKeeps } from 'haq/modules'
import { lawTests } from 'haq/testing'

const network = '/run/systemd/network/10-netplan-eth1.network'
const own = '/etc/systemd/network/10-netplan-eth1.network.d/99-haq-keep.conf'
const what = "systemd-networkd's KeepConfiguration of eth1"
const params = { interface: 'eth1' }
const given = (value: string) => ({ path: network, value })

for (const law of lawTests(
  networkdKeeps,
  [
    { name: 'without networkd', params, facts: { networkd: absent }, changes: [] },
    {
      name: "with networkd's defaults",
      params,
      facts: { networkd: { network, settings: [] } },
      changes: [`${what}: no → static`],
    },
    {
      name: 'already kept by its file',
      params,
      facts: { networkd: { network, settings: [given('yes')] } },
      changes: [],
    },
    {
      name: 'done before',
      params,
      facts: { networkd: { network, settings: [given('no'), { path: own, value: 'static' }] } },
      changes: [],
    },
    {
      name: 'dynamic addresses were kept already',
      params,
      facts: { networkd: { network, settings: [given('dhcp')] } },
      changes: [`${what}: dhcp → yes`],
    },
    {
      name: 'a value that was edited by hand',
      params,
      facts: { networkd: { network, settings: [{ path: own, value: 'no' }] } },
      changes: [`${what}: no → static`],
    },
    { name: 'unknown', params, facts: { networkd: unknown }, changes: [`${what}: unknown → static`] },
    {
      name: 'state absent, already absent',
      params: { ...params, state: 'absent' },
      facts: { networkd: { network, settings: [{ path: own, value: 'static' }] } },
      changes: [`${what}: static → as its .network file says`],
    },
    {
      name: 'state absent, only other settings exist',
      params: { ...params, state: 'absent' },
      facts: { networkd: { network, settings: [given('yes')] } },
      changes: [],
    },
    {
      name: 'state absent, unknown',
      params: { ...params, state: 'absent' },
      facts: { networkd: unknown },
      changes: [`${what}: unknown → as its .network file says`],
    },
  ],
  [{ params: { interface: 'a/b' }, problems: ['interface: takes an interface name of up to 15 characters'] }],
))
  test(law.name, law.run)

test('networkdKeeps parses the settings of networkd', () => {
  const { networkd } = networkdKeeps(params).facts
  deepStrictEqual(networkd?.parse(''), absent)
  deepStrictEqual(networkd.parse(`${network}\n`), { network, settings: [] })
  deepStrictEqual(networkd.parse(`${network}\n${network} dhcp\n${own} static \n`), {
    network,
    settings: [given('dhcp'), { path: own, value: 'static' }],
  })
  throws(() => networkd.parse(`${network}\nstrange\n`), /awk printed "strange"/)
})

test.run()
