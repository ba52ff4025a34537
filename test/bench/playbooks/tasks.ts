import * as z from 'zod'
import { holds, command, directory, file } from 'haq/modules'
import { play, playbook, userExists } from 'haq'

/** Small tasks that change nothing after their first run: a folder, a user, and files. */
export default playbook({
  name: 'Small tasks',
  vars: z.object({
    folder: z.string(),
    count: z.int().min(3),
    owner: z.string(),
    group: z.string(),
    /** The number of files with new content in each run, so that their tasks change something. */
    fresh: z.int().default(0),
    token: z.string().default('as before'),
  }),
  plays: ({ group }) => [
    play('tasks', { hosts: group('site') }, ({ vars: { folder, count, owner, group: owners, fresh, token } }) => [
      directory({ path: folder, mode: '0755', owner, group: owners }),
      command({ run: ['useradd', owner], unless: holds(userExists(owner), there => there === true) }),
      ...Array.from({ length: count - 2 }, (_, i) =>
        file({
          path: `${folder}/file-${i + 1}`,
          content: `file ${i + 1} ${i < fresh ? token : 'as before'}\n`,
          owner,
          group: owners,
        }),
      ),
    ]),
  ],
})
