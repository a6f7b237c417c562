// In lower case, without digits and accents, because names are compared in this form.

type Words = ReadonlySet<string>

function words(...lines: readonly string[]): Words {
  return new Set(lines.flatMap((line) => line.split(' ')))
}

export const PASSWORD = words(
  'password passwords passwd passwds pwd pwds pswd psswd passwort passworter kennwort passcode passcodes',
  'passphrase passphrases wachtwoord contrasena contrasenas senha senhas motdepasse mdp heslo haslo hasło jelszo',
  'parola sifre losenord adgangskode salasana katasandi matkhau пароль 密码 密碼 ハスワート unicodepwd',
)
export const SECRET = words('secret secrets mnemonic mnemonics jwt jwts')
export const SALT = words('salt salts')
export const TOKEN = words('token tokens')

export const FACTOR = words('otp otps totp hotp')

/** Objects and lists that hold secrets under names that say nothing: `credentials[0].value`. */
export const CONTAINER = words(
  'credential credentials authenticator authenticators mfa tfa twofactor factors',
)

export const GENERIC = words(
  'value values data hashes digest digests key keys code codes seed seeds answer answers response phrase',
  'verifier stamp url uri',
)

/** After the name of a secret these words change nothing, so they are skipped: `password_hashed`, `token_value`. */
export const SUFFIX = words(
  'hashed encrypted crypted cipher ciphertext plain plaintext cleartext clear raw enc salted iv nonce',
  'history archive confirmation confirm repeat again retype value values text string str data list array',
  'md sha bcrypt argon scrypt pbkdf ntlm hmac ssha b hex base v version',
  'new old current previous prev temp temporary initial default original orig legacy backup primary main',
  'wordpress wp ldap ad local db app web portal prod admin',
)

/** Before `password` these words mean a fact about the password, and the fact is no secret: `has_password`. */
export const FLAG = words('has have had is isnt was must should can needs requires')
export const FIRST_FLAG = words(
  'no not without need require required may use uses using hide show allow allows allowed enable enabled',
  'disable disabled force forced did does will accepts count number num total',
)

/** Verbs for what is done to passwords: `reset_password` may be a flag and no secret. */
export const VERB = words(
  'reset change update set forgot forget forgotten lost save send expire rotate generate',
)

const ACCESS =
  'auth authentication authorization oauth login logon session access api mfa tfa fa twofactor otp totp hotp onetime'
const SECRETS = 'password passwd pwd passcode passphrase pass secret private credential credentials'
const RECOVERY =
  'reset recovery recover backup scratch emergency activation activate verification verify unlock security'

const HASH_BEFORE = words(
  ACCESS,
  SECRETS,
  RECOVERY,
  'token tokens pin key code remember refresh nt lm ntlm lanman crypt bcrypt argon scrypt pbkdf salted invitation',
)
export const TOKEN_BEFORE = words(
  ACCESS,
  SECRETS,
  RECOVERY,
  'direct refresh id identity oidc bearer bot csrf xsrf sso saml forgot confirmation confirm invitation invite remember',
  'persistence perishable single reauthentication change email phone sms master signing service client user account',
  'device push fcm webhook feed incoming mail static object runner runners temp temporary current new old hashed',
  'encrypted provider idp google facebook github twitter linkedin microsoft apple slack initial rp my app application',
)
const QUESTION_BEFORE = words('security secret password recovery challenge kba question questions')

/** Most things with such a name are no secret, so one of these must stand before: `api_key`, but not `sort_key`. */
const BEHIND: readonly (readonly [heads: string, before: Words])[] = [
  ['hash hashes digest digests', HASH_BEFORE],
  [
    'key keys',
    words(
      ACCESS,
      SECRETS,
      RECOVERY,
      'token encryption decryption signing hmac master act salt webhook service',
    ),
  ],
  ['code codes', words(ACCESS, SECRETS, RECOVERY, 'sms confirmation lookup authn magic')],
  ['answer answers', QUESTION_BEFORE],
  ['phrase phrases', words('seed recovery secret backup wallet')],
  ['seed seeds', words(ACCESS, 'wallet secret recovery')],
  ['stamp', words('security')],
  ['verifier verifiers', words('srp password code')],
]
export const SECRET_BEHIND: ReadonlyMap<string, Words> = new Map(
  BEHIND.flatMap(([heads, before]) => heads.split(' ').map((head) => [head, before])),
)

/** Nothing else than these may stand before: `user_pass` is a secret, but `season_pass` is not. */
export const SECRET_AMONG: ReadonlyMap<string, Words> = new Map([
  ['pass', words('user login db admin smtp old new my root account ftp mail email hashed encrypted current')],
  [
    'pin',
    words('user login security mobile card account atm access auth transaction my code hashed encrypted'),
  ],
  ['mpin', words('user my')],
  ['passe', words('mot de motde')],
])

export const QUESTION_CONTAINER: ReadonlyMap<string, Words> = new Map([
  ['question', QUESTION_BEFORE],
  ['questions', QUESTION_BEFORE],
])

/** A name that ends with one of these words names no secret: `password_set_date`, `token_type`. */
export const HARMLESS = words(
  'at on date dates time times timestamp day days month year count counts counter number total max min limit limits',
  'quota remaining left used usage attempts attempt tries retries failures length size bits strength score level',
  'policy policies rule rules type types kind format formats method methods mode algorithm algorithms algo alg hasher',
  'scheme encoding encryption hashing status state enabled disabled active required expired expires expiry expiration',
  'expire exp ttl lifetime valid validity validated verified confirmed changed change changes updated update created',
  'set reset resets rotated rotation revoked issued sent requested request requests last first iterations iteration',
  'rounds cost memory parallelism parallelization keylen blocksize position priority id ids uuid name names label title',
  'description hint tag tags provider providers issuer audience scope scopes claims endpoint email emails phone phones',
  'username balance symbol currency amount address manager settings options public santa connection',
)

/** The other tables do not explain these names, so they are listed whole. */
export const WHOLE = words(
  'changepasswordid krbprincipalkey supplementalcredentials secretdata credentialdata hashedsaltedvalue otep',
  'loginkey userloginkey useractkey actkey',
)

/** Languages and authors write these as one word or as two. */
export const JOINED: ReadonlyMap<string, string> = new Map([
  ...['word', 'wort', 'wd', 'code', 'phrase', 'key'].map((end) => [`pass ${end}`, `pass${end}`] as const),
  ['mot de', 'motde'],
  ['motde passe', 'motdepasse'],
  ['mat khau', 'matkhau'],
  ['kata sandi', 'katasandi'],
  ['two factor', 'twofactor'],
  ['second factor', 'twofactor'],
  ['multi factor', 'mfa'],
  ['one time', 'onetime'],
  ['o auth', 'oauth'],
  ['log in', 'login'],
  ['sign in', 'login'],
])

/** A name without gaps, such as `encryptedpassword`, is cut into these words. */
export const VOCABULARY: Words = new Set(
  [
    ...[PASSWORD, SECRET, SALT, TOKEN, FACTOR, CONTAINER, GENERIC, SUFFIX, FLAG, FIRST_FLAG, VERB, HARMLESS],
    ...[TOKEN_BEFORE, ...BEHIND.map(([, before]) => before), ...SECRET_AMONG.values()],
    ...[
      SECRET_BEHIND.keys(),
      SECRET_AMONG.keys(),
      QUESTION_CONTAINER.keys(),
      words('passkey passkeys form ssh'),
    ],
  ].flatMap((table) => [...table]),
)
