"""Addresses of the pages on which people sign in and look after their account."""

from django.urls import path

from accounts.pages import account, keys, passwords, second_factor, sign_in

urlpatterns = [
    path(
        "login/",
        sign_in.SignInView.as_view(http_method_names=["get", "head", "post", "options"]),
        name="login",
    ),
    path("login/code", sign_in.ask_code, name="login-code"),
    path("account/", account.account, name="account"),
    path("account/sign-out-everywhere", account.sign_out_everywhere, name="account-everywhere"),
    path("account/sessions/<str:identifier>/end", account.end_session, name="account-end-session"),
    path("account/tokens/<uuid:family_id>/end", account.end_tokens, name="account-end-tokens"),
    path("account/password", passwords.password, name="account-password"),
    path("account/keys", keys.keys, name="account-keys"),
    path("account/keys/new", keys.new_key, name="account-key-new"),
    path("account/keys/<int:key_id>/revoke", keys.revoke_key, name="account-key-revoke"),
    path("account/second-factor", second_factor.second_factor, name="account-second-factor"),
    path("account/second-factor/enrol", second_factor.enrol, name="account-second-factor-enrol"),
    path("account/second-factor/remove", second_factor.remove, name="account-second-factor-remove"),
]
