import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { eventually, Site, whyNoLab, type Blow } from '../lab/site.ts'

const hosts = ['initiator', 'mygateway']
const kill = suite('lab: a first run that is killed again and again')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: runs that are hit in the lab: ${reason}\n`)
const test = reason ? kill.skip : kill
let site: Site | undefined

kill.after(async () => {
  await site?.down()
})

/**
 * How runs are killed, and the least number of kills until bare hosts are the cluster. The steps of a task are sent
 * together: when a run is killed after the first step, the second step has begun, and still finishes.
 */
const ways: readonly { readonly name: string; readonly blowOf: (run: number) => Blow; readonly atLeast: number }[] = [
  { name: 'runs killed after every step', blowOf: () => 'run', atLeast: 12 },
  { name: 'connections cut after every step', blowOf: () => 'connections', atLeast: 10 },
  // Only a few steps take long; they are hit early and late.
  { name: 'connections cut in the midst of steps', blowOf: run => [2, 20, 200, 2000][run % 4] ?? 0, atLeast: 4 },
]

const publish = `rabbitmqctl -q eval '
rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"kept">>), true, false, [], none, <<"test">>),
X = rabbit_misc:r(<<"/">>, exchange, <<"">>),
[rabbit_basic:publish(X, <<"kept">>, [{delivery_mode, 2}], <<"m">>) || _ <- lists:seq(1, 50)].'`
const allKept = '[{"name":"kept","messages":50}]'

for (const { name, blowOf, atLeast } of ways) {
  const up = async (): Promise<Site> => {
    await site?.down()
    site = undefined
    return (site = await Site.up({ suite: 'bookworm', env: { HAQ_ERLANG_COOKIE: 'CANARYcookie' } }))
  }

  /** Kills runs until one completes. The result must be the same as after an undisturbed run. */
  const convergesHit = async (on: Site): Promise<number> => {
    const hits = await on.runHitAtEveryStep('playbooks/cluster.ts', blowOf)
    process.stdout.write(`${name}: ${hits} runs\n`)
    const again = await on.run('playbooks/cluster.ts')
    strictEqual(again.exitCode, 0, again.all)
    deepStrictEqual(
      again.tasks.filter(task => task.status !== 'ok'),
      [],
    )
    for (const host of hosts) {
      strictEqual(await on.on(host, 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
      strictEqual(await on.on(host, 'find / -xdev -name ".haq-*" -not -path "/proc/*"'), '')
    }
    return hits
  }

  test(`${name}: bare hosts become the cluster, have no pending handler and keep no temporary file`, async () => {
    const hits = await convergesHit(await up())
    ok(hits >= atLeast, `only ${hits} runs had a step to be hit at`)
  })

  test(`${name}: the messages survive`, async () => {
    ok(site, 'there is a cluster')
    const on = site
    const kept = async (): Promise<string> =>
      on.on('initiator', `rabbitmqctl -q list_queues name messages --formatter json | tr -d ' \\n'`)
    await on.on('initiator', publish)
    await eventually(kept, seen => seen === allKept, 20)
    await on.on(
      'mygateway',
      `printf OTHER >/var/lib/rabbitmq/.erlang.cookie; echo '# by hand' >>/etc/keepalived/keepalived.conf; systemctl stop keepalived`,
    )
    ok((await convergesHit(on)) > 0)
    strictEqual(await kept(), allKept)
  })
}

kill.run()
