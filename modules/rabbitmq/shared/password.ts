import { absent, Secret, sh, type Absent, type Fact } from 'haq'
import { askNode, erlangCookieFile, rabbitUnit } from '../facts/rabbit-node.ts'
import { withPassword } from './node.ts'

/** A number for each password. The keys of facts use the number, so that they differ without revealing the password. */
const numbers = new Map<string, number>()

/**
 * Whether a user of the broker's internal database has this password. Absent if the broker can't be asked.
 *
 * The password goes to the node in an Erlang expression on the standard input of erl_call. It is encoded in base64, so
 * that none of its characters has a meaning in Erlang. Without erl_call, the password goes to the standard input of
 * `rabbitmqctl authenticate_user`.
 */
export function hasPassword(name: string, password: Secret): Fact<boolean | Absent> {
  const number = numbers.get(password.reveal()) ?? numbers.size + 1
  numbers.set(password.reveal(), number)
  return {
    key: `rabbitPassword:${name}:${number}`,
    shared: true,
    dependsOn: [rabbitUnit, erlangCookieFile],
    script: sh`${askNode}
question=$(printf ${question} ${base64(name)} ${new Secret(base64(password.reveal()))})
if ask_node "$question"; then
  case $said in
  '{ok, ok}'*) echo right; exit 0 ;;
  '{ok, refused}'*) echo wrong; exit 0 ;;
  esac
fi
node_is_up || exit 0
status=0
${withPassword('authenticate_user', name, password)} >/dev/null 2>&1 || status=$?
case $status in
0) echo right ;;
65) echo wrong ;;
esac`,
    parse: stdout => {
      const said = stdout.trim()
      return said === '' ? absent : said === 'right'
    },
  }
}

const question =
  'element(1, rabbit_auth_backend_internal:user_login_authentication(base64:decode("%s"), [{password, base64:decode("%s")}])).'

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
