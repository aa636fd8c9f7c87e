"""Smallest Django project with django-oauth-toolkit: one public client, one user, an API, and Django's own pages to sign in and out.

Its settings come as JSON on the standard input.
"""

import json
import os
import sys

import django
from django.conf import settings
from jwcrypto import jwk

given = json.load(sys.stdin)
origin = f"http://localhost:{given['port']}"

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    SECRET_KEY=os.urandom(32).hex(),
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": given["database"]}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
        "corsheaders",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    CORS_ALLOWED_ORIGINS=[given["app"]],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "registration/login.html": """<!doctype html><title>Sign in</title><form method="post">
                            {% csrf_token %}<input name="username"><input name="password" type="password">
                            <input name="next" type="hidden" value="{{ next }}"><button value="sign-in">Sign in</button>
                            </form>"""
                        },
                    )
                ]
            },
        }
    ],
    SESSION_COOKIE_NAME="django_interop",
    LOGIN_URL="/sign-in/",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(True, None).decode(),
        "SCOPES": {"openid": "OpenID Connect", **{scope: scope for scope in given["scopes"]}},
        "PKCE_REQUIRED": True,
        "ACCESS_TOKEN_EXPIRE_SECONDS": given["accessTokenTtlSeconds"],
    },
)
django.setup()

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.core.management import call_command
from django.core.servers.basehttp import run as serve
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import get_application_model, get_refresh_token_model
from oauth2_provider.oauth2_backends import get_oauthlib_core


def me(request):
    """Answers who asks with an access token."""
    is_valid, token_request = get_oauthlib_core().verify_request(request, scopes=given["scopes"])
    if not is_valid:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return JsonResponse({"sub": str(token_request.user.id)})


@csrf_exempt
def end_grants(request):
    """Revokes every token, as an administrator does."""
    for token in get_refresh_token_model().objects.filter(revoked__isnull=True):
        token.revoke()
    return HttpResponse(status=204)


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("sign-in/", LoginView.as_view()),
    path("sign-out/", LogoutView.as_view(success_url_allowed_hosts={given["app"].split("//")[1]})),
    path("api/me", me),
    path("end_grants", end_grants),
]

application = get_wsgi_application()
call_command("migrate", verbosity=0)
user = User.objects.create_user(given["user"]["username"], password=given["user"]["password"])
get_application_model().objects.create(
    name="Tokenward demo",
    client_id=given["clientId"],
    client_type="public",
    authorization_grant_type="authorization-code",
    redirect_uris=f"{given['app']}/auth/callback",
    algorithm="RS256",
    skip_authorization=True,
)
serve("localhost", given["port"], application, threading=True)
