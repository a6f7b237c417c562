import { count } from '../../format/numbers.ts'

const users = (number: number) => (number === 1 ? '1 user' : `${count(number)} users`)

export const overview = {
  overview: {
    newExport: 'New export',
    importUsers: 'Import users',
    start: {
      title: 'Welcome to Muster',
      lead: 'This deployment has no users yet. Bring some in, and then export what you need of them.',
      importHint:
        'A file in NDJSON, JSON or CSV. It is checked first, and nothing is stored before you say so.',
      commandHint:
        'Or from the command line, where muster stands for node dist/main.js in the folder of Muster. The first command makes 1,000 example users:',
      commands: (connection: string) =>
        `muster generate --output users.ndjson\nmuster import users.ndjson --connection ${connection}`,
      copy: 'Copy the commands',
    },
    users: {
      title: 'Users',
      total: users,
      estimate: (number: number) => `about ${users(number)}`,
      byConnection: 'Users by connection',
      none: 'No users yet.',
      counting: 'Counting…',
      failed: 'not counted',
      more: (number: number) =>
        number === 1
          ? 'One more connection is not shown.'
          : `${count(number)} more connections are not shown.`,
      connectionsScope:
        'Users by connection need the scope read:connections, which this client does not have.',
    },
    activity: {
      title: 'Sign-ups and logins',
      range: 'Days',
      ranges: { 7: '7 days', 30: '30 days', 90: '90 days' },
      signups: 'Sign-ups',
      logins: 'Logins',
      hint: 'Only the last login of each user is known, so a user counts on one day. Days are in UTC.',
      none: 'No sign-ups and no logins in these days.',
      summary: (signups: number, logins: number, days: number) =>
        `In the last ${days} days ${users(signups)} ${signups === 1 ? 'was' : 'were'} created, and ${users(logins)} logged in for the last time.`,
      asTable: 'As a table',
      tableName: 'Sign-ups and logins by day',
      day: 'Day',
    },
    exports: {
      title: 'Exports of the last 24 hours',
      none: 'No export in the last 24 hours.',
      count: (number: number, isAll: boolean) =>
        isAll
          ? number === 1
            ? '1 export'
            : `${count(number)} exports`
          : `more than ${count(number)} exports`,
      all: 'All jobs',
    },
    failures: {
      title: 'Last failures',
      none: 'No job has failed in the last 24 hours.',
    },
    health: {
      title: 'Health',
      state: 'Database and file storage',
      ok: 'Both work',
      bad: 'Not working',
      version: 'Version of Muster',
      unknownVersion: 'unknown',
      checked: 'Checked',
    },
  },
}
