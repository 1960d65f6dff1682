"""The texts about each cause. They may hold `{idp}`: see `sso.causes.words`."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sso.causes.kinds import Cause

Text = str | Promise


@dataclass(frozen=True)
class Texts:
    title: Text
    explanation: Text
    learner: Text
    administrator: Text


_TRY_AGAIN = _(
    "Start again from our sign-in page. If it happens twice, send your administrator the reference "
    "below."
)
TELL_ADMIN = _("Trying again won’t help. Send your administrator the reference below.")

# The advice names the administrator in words of its own; a second try ends on the same page.
FOR_ADMINISTRATORS = frozenset(
    {
        Cause.CONNECTION_INACTIVE,
        Cause.ORGANIZATION_SUSPENDED,
        Cause.PERSON_UNKNOWN,
        Cause.PERSON_DEACTIVATED,
        Cause.PERSON_CONFLICT,
        Cause.ACCESS_DENIED,
    }
)

TEXTS: Mapping[Cause, Texts] = {
    Cause.MALFORMED: Texts(
        _("We couldn’t read {idp}’s answer"),
        _("What {idp} sent isn’t a SAML response we can read."),
        _TRY_AGAIN,
        _(
            "Compare the message in the trace with {idp}’s SAML settings: the answer goes to our "
            "ACS URL by HTTP-POST, as SAML 2.0."
        ),
    ),
    Cause.TOO_LARGE: Texts(
        _("{idp}’s answer is too large"),
        _("It holds more than we accept, usually a very long list of groups."),
        TELL_ADMIN,
        _(
            "In {idp}, send only the groups that matter here. We take up to 256 kB and 5,000 "
            "elements."
        ),
    ),
    Cause.FORBIDDEN_XML: Texts(
        _("We couldn’t accept {idp}’s answer"),
        _(
            "It holds XML that has no place in a sign-in: a DOCTYPE, a processing instruction, or "
            "a comment or CDATA inside a name."
        ),
        TELL_ADMIN,
        _(
            "No common identity provider sends this. Look for a proxy or script that rewrites the "
            "answer on its way."
        ),
    ),
    Cause.WRONG_VERSION: Texts(
        _("{idp} speaks another version of SAML"),
        _("We speak SAML 2.0; the answer says otherwise."),
        TELL_ADMIN,
        _("In {idp}, set this application to SAML 2.0."),
    ),
    Cause.IDP_REFUSED: Texts(
        _("{idp} didn’t let you in"),
        _("{idp} answered that it could not sign you in. Its own words are in the details."),
        _(
            "If you stopped it yourself, start again. Otherwise ask your administrator whether "
            "this application is assigned to you."
        ),
        _(
            "Look up the code {idp} sent. The usual reason is that the person isn’t assigned to "
            "this application."
        ),
    ),
    Cause.ASSERTION_COUNT: Texts(
        _("We couldn’t accept {idp}’s answer"),
        _("It isn’t built the way a sign-in has to be, so we stopped here."),
        TELL_ADMIN,
        _("If nothing in {idp} explains this, treat it as an attempt to forge a sign-in."),
    ),
    Cause.UNSIGNED: Texts(
        _("{idp}’s answer isn’t signed"),
        _("Without a signature anybody could have written it."),
        TELL_ADMIN,
        _("In {idp}, switch on signing of the assertion (or of the response) with RSA-SHA256."),
    ),
    Cause.MISPLACED_SIGNATURE: Texts(
        _("We couldn’t accept {idp}’s answer"),
        _("Its signature doesn’t cover what it should, so we stopped here."),
        TELL_ADMIN,
        _("If nothing in {idp} explains this, treat it as an attempt to forge a sign-in."),
    ),
    Cause.BAD_SIGNATURE: Texts(
        _("{idp}’s signature doesn’t match"),
        _("The answer was changed on its way, or {idp} signs with a certificate we don’t have."),
        _TRY_AGAIN,
        _(
            "Compare the signing certificate in {idp} with the ones on this connection. After a "
            "roll-over, refresh the metadata."
        ),
    ),
    Cause.WEAK_ALGORITHM: Texts(
        _("{idp} uses an algorithm we don’t accept"),
        _("It is too weak to be trusted, so we stopped here."),
        TELL_ADMIN,
        _(
            "In {idp}, choose RSA-SHA256 for the signature, SHA-256 for the digest and RSA-OAEP "
            "for encryption keys."
        ),
    ),
    Cause.NO_CERTIFICATE: Texts(
        _("Sign-in through {idp} isn’t set up yet"),
        _(
            "This connection has no certificate to check signatures with, so nobody can sign in "
            "through it."
        ),
        TELL_ADMIN,
        _("Add {idp}’s signing certificate, by metadata or by hand."),
    ),
    Cause.WRONG_ISSUER: Texts(
        _("This answer isn’t from {idp}"),
        _("It comes from somebody else than we expected, so we stopped here."),
        TELL_ADMIN,
        _(
            "Copy the issuer (entity ID) from {idp} to this connection, character by character: "
            "case and a final slash count."
        ),
    ),
    Cause.WRONG_DESTINATION: Texts(
        _("{idp} sent this to another address"),
        _("It was meant for another address than ours, so we stopped here."),
        TELL_ADMIN,
        _(
            "Copy our ACS URL to {idp}’s field for it (Single sign-on URL, Reply URL or Consumer "
            "URL)."
        ),
    ),
    Cause.WRONG_AUDIENCE: Texts(
        _("{idp} made this sign-in for another service"),
        _("It isn’t meant for us, so we stopped here. Nothing is wrong with your account."),
        TELL_ADMIN,
        _("Copy our entity ID to {idp}’s field for it (Audience URI, Identifier or SP Entity ID)."),
    ),
    Cause.WRONG_RECIPIENT: Texts(
        _("{idp} made this sign-in for another address"),
        _("It names another address than ours, so we stopped here."),
        TELL_ADMIN,
        _(
            "Copy our ACS URL to {idp}’s field for the recipient, often the same as the Single "
            "sign-on URL."
        ),
    ),
    Cause.BAD_CONFIRMATION: Texts(
        _("We couldn’t accept {idp}’s answer"),
        _(
            "It doesn’t confirm its subject the way browser sign-in asks for: a bearer "
            "confirmation with an end."
        ),
        TELL_ADMIN,
        _(
            "Set {idp} to the Web Browser SSO profile: bearer, with Recipient and NotOnOrAfter, "
            "without NotBefore."
        ),
    ),
    Cause.UNKNOWN_CONDITION: Texts(
        _("{idp} set a condition we don’t know"),
        _("A condition nobody can check makes the whole answer unusable."),
        TELL_ADMIN,
        _("Remove the custom condition from this application in {idp}."),
    ),
    Cause.EXPIRED: Texts(
        _("{idp}’s answer came too late"),
        _("It was good for a few minutes only, and they are over."),
        _TRY_AGAIN,
        _(
            "If it happens to everybody, compare the clock of {idp}’s server with the time in the "
            "trace."
        ),
    ),
    Cause.NOT_YET_VALID: Texts(
        _("{idp}’s clock is ahead"),
        _("The answer is good from a moment that hasn’t come yet."),
        _("Wait a minute, then start again from our sign-in page."),
        _(
            "Correct the clock of {idp}’s server, or raise this connection’s clock tolerance (5 "
            "min at most)."
        ),
    ),
    Cause.NO_SUBJECT: Texts(
        _("{idp} didn’t say who you are"),
        _("Its answer names nobody we could sign in."),
        TELL_ADMIN,
        _(
            "In {idp}, issue a NameID that is never empty. AD FS needs a rule for it; in Entra, "
            "check the source attribute."
        ),
    ),
    Cause.CANNOT_DECRYPT: Texts(
        _("We couldn’t open {idp}’s answer"),
        _("It is encrypted, and we could not open it or could not prove what was inside."),
        TELL_ADMIN,
        _(
            "Give {idp} our current certificate for encryption, choose AES-GCM with RSA-OAEP, and "
            "sign with RSA-SHA256."
        ),
    ),
    Cause.UNKNOWN_REQUEST: Texts(
        _("We don’t know this sign-in"),
        _(
            "{idp} answered a request we didn’t make from this browser, or one that was answered "
            "already."
        ),
        _("Start again from our sign-in page, and don’t use Back or a bookmark on the way."),
        _(
            "A bookmark on {idp}’s page is the usual reason. Many from one network point to an "
            "attempt to pass on a sign-in."
        ),
    ),
    Cause.REQUEST_MISMATCH: Texts(
        _("We couldn’t accept {idp}’s answer"),
        _("The answer names two different requests."),
        _TRY_AGAIN,
        _("If nothing in {idp} explains this, treat it as an attempt to pass on a sign-in."),
    ),
    Cause.UNSOLICITED: Texts(
        _("Start from our sign-in page"),
        _("{idp} sent you here without our asking, and your organization doesn’t allow that."),
        _("Nothing is wrong with your account. Press the button: you come in the way we ask for."),
        _(
            "To let people start from {idp}’s portal, allow sign-in started by the identity "
            "provider on this connection."
        ),
    ),
    Cause.REPLAYED: Texts(
        _("This sign-in was used already"),
        _("Each answer of {idp} signs you in once."),
        _(
            "Start again from our sign-in page. Reloading or going back sends the same answer "
            "twice."
        ),
        _(
            "Seen often, without a reload, this can mean that somebody copies answers. Look at the "
            "addresses in the trace."
        ),
    ),
    Cause.CONNECTION_INACTIVE: Texts(
        _("Sign-in through {idp} is off"),
        _("Your organization has switched this connection off, or hasn’t finished it."),
        _("Ask your administrator how to sign in."),
        _(
            "Activate the connection after a green test sign-in, or remove this application from "
            "{idp}."
        ),
    ),
    Cause.ORGANIZATION_SUSPENDED: Texts(
        _("Your organization is suspended"),
        _("Nobody in it can sign in at the moment."),
        _("Ask your administrator. Your courses and certificates are kept."),
        _("Contact us about your contract; nothing has been deleted."),
    ),
    Cause.PERSON_UNKNOWN: Texts(
        _("You don’t have an account here yet"),
        _("{idp} signed you in, but your organization adds people itself."),
        _("Ask your administrator to add you."),
        _("Add the person, or let first sign-ins create people on this connection."),
    ),
    Cause.PERSON_DEACTIVATED: Texts(
        _("Your account is deactivated"),
        _("{idp} signed you in, but your organization has deactivated your account here."),
        _("Ask your administrator. Your history and certificates are kept."),
        _(
            "Reactivate the person, or assign the application in {idp} again if your directory "
            "deactivated them."
        ),
    ),
    Cause.PERSON_CONFLICT: Texts(
        _("We need to confirm who you are"),
        _("An account with your name or address exists, and it isn’t tied to this sign-in."),
        _(
            "Your administrator sees your attempt and can confirm it. Nothing else is needed from "
            "you."
        ),
        _(
            "Open the waiting attempt and say whether it is the same person. Don’t confirm if you "
            "aren’t sure."
        ),
    ),
    Cause.STAFF_NOT_ALLOWED: Texts(
        _("This account doesn’t sign in here"),
        _("Platform staff never sign in through an organization’s identity provider."),
        _("Use the staff sign-in."),
        _("{idp} names an address that belongs to platform staff. Check how it fills the NameID."),
    ),
    Cause.ACCESS_DENIED: Texts(
        _("You don’t have access here"),
        _(
            "{idp} signed you in, but your organization lets only some of its people in here, and "
            "you aren’t among them."
        ),
        _("Ask your administrator if you should be, and send the reference below."),
        _(
            "Look at the rule that the trace names, under this connection’s access rules. Change "
            "it, or the person’s attributes in {idp}."
        ),
    ),
    Cause.EMAIL_MISSING: Texts(
        _("{idp} didn’t send your e-mail address"),
        _("A new account needs one."),
        TELL_ADMIN,
        _(
            "In {idp}, send the attribute `email`. If it is sent, check that this person has an "
            "address there."
        ),
    ),
    Cause.NOT_ASKED_AGAIN: Texts(
        _("{idp} didn’t ask you again"),
        _(
            "What you were about to do needs a sign-in of this moment, and {idp} answered with an "
            "earlier one. You are still signed in here, and nothing was changed."
        ),
        _("Sign out at {idp}, sign in again through our sign-in page, then try once more."),
        _(
            "Our request says ForceAuthn. Let {idp} ask for the password or second factor then, "
            "and state that moment as AuthnInstant. Compare its clock too."
        ),
    ),
    Cause.OTHER_PERSON: Texts(
        _("Somebody else signed in at {idp}"),
        _(
            "You were asked to prove that it’s still you, and {idp} named another person. You are "
            "still signed in here as before, and nothing was changed."
        ),
        _(
            "Sign in at {idp} with the account that you use here. To come in as somebody else, "
            "sign out here first."
        ),
        _("A shared computer is the usual reason. Nobody was created and nobody was linked."),
    ),
    Cause.RATE_LIMITED: Texts(
        _("Too many attempts"),
        _("There were too many sign-ins from this network, or as this person, within a minute."),
        _("Wait a minute, then start again."),
        _(
            "A loop between {idp} and us is the usual reason; the sign-ins before this one say "
            "why. Of each address one such attempt a minute is kept."
        ),
    ),
    Cause.TEST_LOST: Texts(
        _("This test sign-in was lost on its way"),
        _(
            "{idp} answered a test sign-in. It began in another browser, in one that has dropped "
            "its cookie since, or too long ago."
        ),
        _("Start the test again in the console, and stay in that browser. Nobody was signed in."),
        _(
            "Start the test again, in the browser you are signed in to the console with, within a "
            "quarter of an hour. What {idp} sent was not looked at."
        ),
    ),
    Cause.COOKIES_MISSING: Texts(
        _("Your browser didn’t send our cookie"),
        _("Without it we can’t tell that the answer belongs to this browser."),
        _("Allow cookies for this site, or leave private mode, and start again."),
        _(
            "Browsers inside other apps and strict privacy settings block the cookie. Ask for the "
            "browser’s name."
        ),
    ),
    Cause.SERVER_BUSY: Texts(
        _("We are busy right now"),
        _("Your sign-in wasn’t used up; we just couldn’t finish it."),
        _("Wait a minute, then start again."),
        _("Nothing to change in {idp}. If it lasts, look at our status page."),
    ),
}
