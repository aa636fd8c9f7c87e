# frozen_string_literal: true

# Smallest Rails app with Doorkeeper and its OpenID Connect extension: one public client, one user, an API, and its own page to sign in.
# Its settings come as JSON on the standard input.

require 'json'
require 'openssl'
require 'logger'
require 'action_controller/railtie'
require 'active_record/railtie'
require 'doorkeeper'
require 'doorkeeper/openid_connect'
require 'rack/cors'
require 'puma'
require 'rack/handler/puma'

SETTINGS = JSON.parse($stdin.read, symbolize_names: true).freeze
ORIGIN = "http://localhost:#{SETTINGS.fetch(:port)}"
SIGNED_OUT_URI = "#{SETTINGS.fetch(:app)}/"
# Two tabs write at once.
ENV['DATABASE_URL'] = "sqlite3:#{SETTINGS.fetch(:database)}?timeout=10000"

class InteropApp < Rails::Application
  config.root = File.dirname(SETTINGS.fetch(:database))
  config.load_defaults 6.1
  config.eager_load = false
  config.consider_all_requests_local = true
  config.secret_key_base = OpenSSL::Random.random_bytes(32).unpack1('H*')
  config.logger = Logger.new($stderr)
  config.log_level = :info
  config.hosts << 'localhost'
  config.session_store :cookie_store, key: '_doorkeeper_interop'
  config.middleware.insert_before 0, Rack::Cors do
    allow do
      origins SETTINGS.fetch(:app)
      %w[/.well-known/* /oauth/discovery/keys /oauth/token /oauth/revoke /oauth/userinfo /api/*].each do |path|
        resource path, headers: :any, methods: %i[get post options], expose: ['WWW-Authenticate']
      end
    end
  end
end

Doorkeeper.configure do
  orm :active_record
  resource_owner_authenticator do
    User.find_by(id: session[:user_id]) || begin
      session[:return_to] = request.fullpath
      redirect_to '/sign_in'
    end
  end
  grant_flows %w[authorization_code]
  default_scopes :openid
  optional_scopes(*SETTINGS.fetch(:scopes))
  access_token_expires_in SETTINGS.fetch(:accessTokenTtlSeconds)
  use_refresh_token
  force_ssl_in_redirect_uri false
  skip_authorization { true }
end

Doorkeeper::OpenidConnect.configure do
  issuer ORIGIN
  signing_key OpenSSL::PKey::RSA.new(2048).to_pem
  subject_types_supported [:public]
  protocol { :http }
  end_session_endpoint { "#{ORIGIN}/sign_out" }
  resource_owner_from_access_token { |token| User.find_by(id: token.resource_owner_id) }
  auth_time_from_resource_owner(&:signed_in_at)
  reauthenticate_resource_owner do |_owner, return_to|
    reset_session
    session[:return_to] = return_to
    redirect_to '/sign_in'
  end
  subject { |owner, _application| owner.sub }
  claims { normal_claim(:name, response: %i[id_token user_info]) { |owner| owner.name } }
end

InteropApp.initialize!

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table(:users) do |t|
    t.string :sub, :name, :username, :password
    t.datetime :signed_in_at
  end
  create_table(:oauth_applications) do |t|
    t.string :name, :uid, :secret, null: false
    t.text :redirect_uri
    t.string :scopes, null: false, default: ''
    t.boolean :confidential, null: false, default: true
    t.timestamps
  end
  create_table(:oauth_access_grants) do |t|
    t.references :resource_owner, :application, null: false
    t.string :token, null: false
    t.integer :expires_in, null: false
    t.text :redirect_uri, null: false
    t.datetime :created_at, null: false
    t.datetime :revoked_at
    t.string :scopes, null: false, default: ''
    t.string :code_challenge, :code_challenge_method
  end
  create_table(:oauth_access_tokens) do |t|
    t.references :resource_owner, :application
    t.string :token, null: false
    t.string :refresh_token, :scopes
    t.integer :expires_in
    t.datetime :revoked_at
    t.datetime :created_at, null: false
    t.string :previous_refresh_token, null: false, default: ''
  end
  create_table(:oauth_openid_requests) do |t|
    t.references :access_grant, null: false
    t.string :nonce, null: false
  end
end

class User < ActiveRecord::Base; end

# Page to sign in, and the address that signs out.
class SessionsController < ActionController::Base
  def new
    render inline: <<~HTML
      <!doctype html><title>Sign in</title>
      <%= form_with url: '/sign_in', local: true do %>
        <input name="username"><input name="password" type="password"><button value="sign-in">Sign in</button>
      <% end %>
    HTML
  end

  def create
    user = User.find_by(username: params[:username], password: params[:password])
    return redirect_to('/sign_in') if user.nil?

    user.update!(signed_in_at: Time.current)
    return_to = session[:return_to]
    reset_session
    session[:user_id] = user.id
    redirect_to(return_to || '/sign_in')
  end

  def destroy
    reset_session
    redirect_to(SIGNED_OUT_URI) if params[:post_logout_redirect_uri] == SIGNED_OUT_URI
  end
end

# API that wants an access token.
class MeController < ActionController::API
  before_action { doorkeeper_authorize!(*SETTINGS.fetch(:scopes)) }

  def show
    render json: { sub: User.find(doorkeeper_token.resource_owner_id).sub }
  end
end

# Revokes every token, as an administrator does.
class GrantsController < ActionController::API
  def destroy
    Doorkeeper::AccessToken.find_each(&:revoke)
    head :no_content
  end
end

InteropApp.routes.draw do
  use_doorkeeper
  use_doorkeeper_openid_connect
  get '/sign_in', to: 'sessions#new'
  post '/sign_in', to: 'sessions#create'
  get '/sign_out', to: 'sessions#destroy'
  get '/api/me', to: 'me#show'
  post '/end_grants', to: 'grants#destroy'
end

User.create!(SETTINGS.fetch(:user))
Doorkeeper::Application.create!(
  name: 'Tokenward demo',
  uid: SETTINGS.fetch(:clientId),
  redirect_uri: "#{SETTINGS.fetch(:app)}/auth/callback",
  scopes: ['openid', *SETTINGS.fetch(:scopes)].join(' '),
  confidential: false
)

Rack::Handler::Puma.run(InteropApp, Host: 'localhost', Port: SETTINGS.fetch(:port), Silent: true)
