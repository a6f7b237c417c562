export const signIn = {
  signIn: {
    title: 'Sign in to Muster',
    way: 'Sign in with',
    byClient: 'Client and secret',
    byToken: 'Token',
    clientId: 'Client ID',
    clientSecret: 'Client secret',
    token: 'Management API token',
    tokenHint: 'What POST /oauth/token answers as access_token.',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    failed: 'Signing in failed',
    linkFailed: 'The link did not work',
    help: 'The first start of Muster printed a client and its secret. On the same computer, muster serve also prints a link that signs in once.',
    again: 'Sign in again',
    againHint: 'Your token has ended. The page behind this window stays as it is.',
  },
}
