import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { suite } from 'uvu'
import { eventually, Site, whyNoLab } from '../lab/site.ts'

const hosts = ['initiator', 'mygateway']
const kill = suite('lab: a first convergence that is killed after every step')
const reason = await whyNoLab()
if (reason) process.stdout.write(`skipped: killed runs in the lab: ${reason}\n`)
const test = reason ? kill.skip : kill
let site: Site

if (!reason)
  kill.before(async () => {
    site = await Site.up('bookworm', { HAQ_ERLANG_COOKIE: 'CANARYcookie' })
  })
kill.after(async () => {
  if (!reason) await site.down()
})

test('comes to its end, owes nothing, leaves no temporary file, and the next run changes nothing', async () => {
  const killed = await site.runKilledAtEveryStep('playbooks/cluster.ts')
  process.stdout.write(`killed ${killed} runs\n`)
  ok(killed > 20, `only ${killed} runs had a step to be killed at`)
  const again = await site.run('playbooks/cluster.ts')
  strictEqual(again.exitCode, 0, again.all)
  deepStrictEqual(
    again.tasks.filter(task => task.status !== 'ok'),
    [],
  )
  for (const host of hosts) {
    strictEqual(await site.on(host, 'ls -A /var/lib/haq/owed 2>/dev/null | wc -l'), '0')
    strictEqual(await site.on(host, 'find / -xdev -name ".haq-*" -not -path "/proc/*"'), '')
  }
})

const publish = `rabbitmqctl -q eval '
rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"kept">>), true, false, [], none, <<"test">>),
X = rabbit_misc:r(<<"/">>, exchange, <<"">>),
[rabbit_basic:publish(X, <<"kept">>, [{delivery_mode, 2}], <<"m">>) || _ <- lists:seq(1, 50)].'`

const kept = async (): Promise<string> =>
  site.on('initiator', `rabbitmqctl -q list_queues name messages --formatter json | tr -d ' \\n'`)

test('messages survive runs that are killed after every step', async () => {
  await site.on('initiator', publish)
  const all = '[{"name":"kept","messages":50}]'
  await eventually(kept, seen => seen === all, 20)
  await site.on(
    'mygateway',
    `printf OTHER >/var/lib/rabbitmq/.erlang.cookie; echo '# by hand' >>/etc/keepalived/keepalived.conf; systemctl stop keepalived`,
  )
  ok((await site.runKilledAtEveryStep('playbooks/cluster.ts')) > 3)
  strictEqual(await kept(), all)
})

kill.run()
