import { count } from '../../format/numbers.ts'

export const shell = {
  app: {
    name: 'Muster',
    skip: 'Skip to the content',
    navigation: 'Pages',
    theme: { label: 'Theme', auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' },
    signedInAs: (client: string) => `Signed in as ${client}`,
    signOut: 'Sign out',
    docs: 'API description',
    crashed: 'This page stopped working',
    reload: 'Load the page again',
    unknownPage: 'There is no such page',
    unknownPageHint: 'The address may be old or mistyped.',
    toOverview: 'Go to the overview',
  },
  pages: {
    overview: 'Overview',
    newExport: 'New export',
    jobs: 'Jobs',
    import: 'Import',
    users: 'Users',
    user: 'User',
  },
  state: {
    loading: 'Loading…',
    tryAgain: 'Try again',
    needsScope: (scope: string) => `This needs the scope ${scope}, which this client does not have.`,
    needsScopeHint: 'Ask an administrator of Muster to grant it, then sign in again.',
    failed: 'The server did not answer this',
    code: (code: string) => `Code: ${code}`,
  },
  problem: {
    unreachable: 'The server cannot be reached. Check that it runs and that the network works.',
    answered: (status: number) => `The server answered with the status ${status}.`,
  },
  copy: {
    copy: 'Copy',
    copied: 'Copied',
    failed: 'The browser refused to copy. Select the text and copy it.',
  },
  close: 'Close',
  cancel: 'Cancel',
  showAll: (bytes: string) => `Show all (${bytes})`,
  showLess: 'Show less',
  users: (number: number) => (number === 1 ? '1 user' : `${count(number)} users`),
}
